import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetadataError } from '../error.ts'
import { anyRecord } from './arbitrary.conformance.ts'
import { decodeRecord, encodeRecord, encodeRecordAs } from './framing.ts'
import { metadataRecord, metadataRecords, recordSchemas } from './record.ts'
import type { MetadataRecord, MetadataRecordType } from './record.ts'

const TOPIC_ID = '9iiqe6m8TGGSiCMo2GYFLw'
const DIRECTORY_ID = 'sVmTcWoAQmugxmYZqlQEcw'
const NO_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAA'
const TOPIC_HEX = 'f628aa7ba9bc4c6192882328d866052f'
const DIRECTORY_HEX = 'b15993716a00426ba0c66619aa540473'

const partition = {
  partitionId: 3,
  topicId: TOPIC_ID,
  replicas: [1, 2],
  isr: [1],
  removingReplicas: [],
  addingReplicas: [],
  leader: 1,
  leaderEpoch: 5,
  partitionEpoch: 7,
}

/** What Apache Kafka 4.3.1 writes for the same records (MetadataRecordSerde). */
const golden: ReadonlyArray<readonly [record: MetadataRecord, version: number, hex: string]> = [
  [
    metadataRecord('registerBroker', {
      brokerId: 1,
      incarnationId: 'Y5XlEKjcR1mUMRJ_XMFkqA',
      brokerEpoch: 12,
      endPoints: [{ name: 'PLAINTEXT', host: 'localhost', port: 65_000, securityProtocol: 0 }],
      features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
      rack: 'r1',
      logDirs: [DIRECTORY_ID],
      cordonedLogDirs: [],
    }),
    4,
    `010004 00000001 00 6395e510a8dc47599431127f5cc164a8 000000000000000c
     02 0a504c41494e54455854 0a6c6f63616c686f7374 fde8 0000 00
     02 116d657461646174612e76657273696f6e 0007 001e 00
     037231 01 00 02 0011 02 ${DIRECTORY_HEX} 0101 01`,
  ],
  [
    metadataRecord('partition', {
      ...partition,
      leaderRecoveryState: 1,
      directories: [DIRECTORY_ID, NO_DIRECTORY],
      eligibleLeaderReplicas: [2],
      lastKnownElr: [1],
    }),
    2,
    `010302 00000003 ${TOPIC_HEX} 03 00000001 00000002 02 00000001 01 01 00000001 00000005 00000007
     03 ${DIRECTORY_HEX} 00000000000000000000000000000000
     03 0001 01 0105 02 00000002 0205 02 00000001`,
  ],
  [
    metadataRecord('partition', partition),
    0,
    `010300 00000003 ${TOPIC_HEX} 03 00000001 00000002 02 00000001 01 01 00000001 00000005 00000007 00`,
  ],
  [
    metadataRecord('partitionChange', {
      partitionId: 3,
      topicId: TOPIC_ID,
      leader: 2,
      isr: [2, 1],
      directories: [DIRECTORY_ID, DIRECTORY_ID],
      eligibleLeaderReplicas: [],
    }),
    2,
    `010502 00000003 ${TOPIC_HEX} 04 0009 03 00000002 00000001 0104 00000002 0601 01
     0821 03 ${DIRECTORY_HEX} ${DIRECTORY_HEX}`,
  ],
  [
    metadataRecord('config', { resourceType: 2, resourceName: 'orders', name: 'a', value: null }),
    0,
    '010400 02 076f7264657273 0261 00 00',
  ],
  [
    metadataRecord('brokerRegistrationChange', { brokerId: 1, brokerEpoch: 12, fenced: -1 }),
    0,
    '011100 00000001 000000000000000c 01 0001 ff',
  ],
  [
    metadataRecord('featureLevel', { name: 'metadata.version', featureLevel: 30 }),
    0,
    '010c00 116d657461646174612e76657273696f6e 001e 00',
  ],
  [
    metadataRecord('beginTransaction', { name: 'Bootstrap records' }),
    0,
    '011700 01 0012 12426f6f747374726170207265636f726473',
  ],
  [metadataRecord('endTransaction', {}), 0, '011800 00'],
  [
    metadataRecord('producerIds', { brokerId: 1, brokerEpoch: 12, nextProducerId: 1000 }),
    0,
    '010f00 00000001 000000000000000c 00000000000003e8 00',
  ],
  [
    metadataRecord('clientQuota', {
      entity: [{ entityType: 'user', entityName: null }],
      key: 'producer_byte_rate',
      value: 1.5,
      remove: false,
    }),
    0,
    '010e00 02 0575736572 00 00 1370726f64756365725f627974655f72617465 3ff8000000000000 00 00',
  ],
  [
    metadataRecord('userScramCredential', {
      name: 'ada',
      mechanism: 1,
      salt: Buffer.from([1, 2]),
      storedKey: Buffer.from([3]),
      serverKey: Buffer.alloc(0),
      iterations: 4096,
    }),
    0,
    '010b00 04616461 01 030102 0203 01 00001000 00',
  ],
]

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')

/** Every record type with every version it has. */
const everyVersion = Object.entries(recordSchemas).flatMap(
  ([
    type,
    {
      versions: [first, last],
    },
  ]) => {
    return Array.from({ length: last - first + 1 }, (_, i) => {
      return [type as MetadataRecordType, first + i] as const
    })
  },
)

describe('record frames', () => {
  it.each(golden)('$type are the bytes of Apache Kafka', (record, version, hex) => {
    expect(encodeRecordAs(record, version).toString('hex')).toBe(bytesOf(hex).toString('hex'))
    expect(decodeRecord(bytesOf(hex))).toEqual(record)
  })

  it('knows the 26 records of 4.3', () => {
    const keys = [...metadataRecords.keys()].sort((a, b) => a - b)
    expect(keys).toHaveLength(26)
    expect(keys.at(-1)).toBe(28)
    expect([6, 13, 16].some((key) => metadataRecords.has(key))).toBe(false)
  })

  it.each(everyVersion)('%s version %i survives a round trip', (type, version) => {
    fc.assert(
      fc.property(anyRecord(type, version), (record) => {
        expect(decodeRecord(encodeRecordAs(record, version))).toEqual(record)
      }),
      { numRuns: 50 },
    )
  })

  it.each(everyVersion)(
    '%s version %i is refused cut short or with more behind it',
    (type, version) => {
      fc.assert(
        fc.property(anyRecord(type, version), (record) => {
          const whole = encodeRecordAs(record, version)
          for (let size = 0; size < whole.length; size++) {
            expect(() => decodeRecord(whole.subarray(0, size))).toThrow(MetadataError)
          }
          const longer = Buffer.concat([whole, Buffer.alloc(1)])
          expect(() => decodeRecord(longer)).toThrow(/1 bytes left over/)
        }),
        { numRuns: 5 },
      )
    },
  )

  it.each([
    ['another frame version', '00 0c 00 0161 0001 00', /frame version 0/],
    ['an unknown type', '01 06 00 00', /its type is 6/],
    ['an unknown version', '01 0c 01 00', /FeatureLevelRecord: version 1, known are 0 to 0/],
  ])('refuses %s as unsupported', (_, hex, message) => {
    expect(() => decodeRecord(bytesOf(hex))).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_RECORD',
        message: expect.stringMatching(message),
      }),
    )
  })
})

describe('encodeRecord', () => {
  const versionWritten = (record: MetadataRecord, metadataVersion: number): number | undefined => {
    return encodeRecord(record, metadataVersion)[2]
  }

  it('writes what every node at the level can read', () => {
    const [register] = golden[0] ?? []
    const levels = [7, 8, 16, 17, 29, 30].map((mv) =>
      versionWritten(register as MetadataRecord, mv),
    )
    expect(levels).toEqual([1, 2, 2, 3, 3, 4])
    const whole = metadataRecord('partition', partition)
    const change = metadataRecord('partitionChange', { topicId: TOPIC_ID })
    for (const record of [whole, change]) {
      expect([7, 16, 17, 22, 23, 30].map((mv) => versionWritten(record, mv))).toEqual([
        0, 0, 1, 1, 2, 2,
      ])
    }
  })

  it('writes a change of a registration as low as it can be said', () => {
    const change = (draft: object): MetadataRecord => {
      return metadataRecord('brokerRegistrationChange', { brokerId: 1, brokerEpoch: 2, ...draft })
    }
    expect(versionWritten(change({ fenced: 1 }), 30)).toBe(0)
    expect(versionWritten(change({ fenced: 1, inControlledShutdown: 1 }), 30)).toBe(1)
    expect(versionWritten(change({ logDirs: [DIRECTORY_ID] }), 30)).toBe(2)
    expect(versionWritten(change({ cordonedLogDirs: [] }), 30)).toBe(3)
  })
})

describe('metadataRecord', () => {
  it('fills in what is left out', () => {
    expect(metadataRecord('partitionChange', { topicId: TOPIC_ID, isr: [1] }).value).toEqual({
      partitionId: -1,
      topicId: TOPIC_ID,
      isr: [1],
      leader: -2,
      replicas: null,
      removingReplicas: null,
      addingReplicas: null,
      leaderRecoveryState: -1,
      directories: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    })
  })
})
