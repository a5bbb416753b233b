import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO_UUID } from '../../base/index.ts'
import {
  groupMetadataRecord,
  groupTombstone,
  offsetCommitRecord,
  offsetTombstone,
  readGroupMetadata,
  readKey,
  readOffsetCommit,
} from './records.ts'
import type { CommittedOffset } from './records.ts'

const committed: CommittedOffset = {
  offset: 42,
  leaderEpoch: 3,
  metadata: 'meta',
  commitTimestampMs: 1_700_000_000_123,
  expireTimestampMs: -1,
  topicId: 'zUhHqU_ERA2xxZOFJsHWlA',
}

const metadata = {
  protocolType: 'consumer',
  generation: 5,
  protocol: 'range',
  leader: 'm1',
  currentStateTimestamp: 1_700_000_000_123,
  members: [
    {
      memberId: 'm1',
      groupInstanceId: 'i1',
      clientId: 'c',
      clientHost: '/127.0.0.1',
      rebalanceTimeout: 60_000,
      sessionTimeout: 10_000,
      subscription: Buffer.from([1, 2, 3]),
      assignment: Buffer.from([4, 5]),
    },
    {
      memberId: 'm2',
      groupInstanceId: null,
      clientId: 'c',
      clientHost: '/127.0.0.1',
      rebalanceTimeout: 60_000,
      sessionTimeout: 10_000,
      subscription: Buffer.alloc(0),
      assignment: Buffer.alloc(0),
    },
  ],
}

/** What GroupCoordinatorRecordSerde of Apache Kafka 4.3.1 writes for the values above. */
const apache = {
  offsetKey: '0001000567726f75700005746f70696300000007',
  offset:
    '0004000000000000002a00000003056d6574610000018bcfe5687b010010cd4847a94fc4440db1c5938526c1d694',
  offsetWithoutId: '0004000000000000002affffffff010000018bcfe5687b00',
  offsetWithExpiry: '0001000000000000002a00046d6574610000018bcfe5687b0000018bcfe6ee9f',
  groupKey: '0002000567726f7570',
  group:
    '00030008636f6e73756d657200000005000572616e676500026d310000018bcfe5687b0000000200026d3100026931000163' +
    '000a2f3132372e302e302e310000ea60000027100000000301020300000002040500026d32ffff000163000a2f3132372e30' +
    '2e302e310000ea60000027100000000000000000',
  groupVersion4:
    '000409636f6e73756d6572000000050672616e6765036d310000018bcfe5687b03036d3103693102630b2f3132372e302e30' +
    '2e310000ea60000027100401020303040500036d320002630b2f3132372e302e302e310000ea600000271001010000',
  groupVersion0:
    '00000008636f6e73756d657200000005000572616e676500026d310000000200026d31000163000a2f3132372e302e302e31' +
    '000027100000000301020300000002040500026d32000163000a2f3132372e302e302e3100002710000000000000000' +
    '0',
  consumerGroupKey: '0003000567726f7570',
}

function hex(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('hex')
}

describe('records', () => {
  it('are those of Apache Kafka, byte for byte', () => {
    const offset = offsetCommitRecord('group', 'topic', 7, committed)
    expect(hex(offset.key)).toBe(apache.offsetKey)
    expect(hex(offset.value)).toBe(apache.offset)
    const bare = { ...committed, leaderEpoch: -1, metadata: '', topicId: ZERO_UUID }
    expect(hex(offsetCommitRecord('group', 'topic', 7, bare).value)).toBe(apache.offsetWithoutId)
    const expiring = { ...committed, expireTimestampMs: 1_700_000_099_999 }
    expect(hex(offsetCommitRecord('group', 'topic', 7, expiring).value)).toBe(
      apache.offsetWithExpiry,
    )
    const group = groupMetadataRecord('group', metadata)
    expect(hex(group.key)).toBe(apache.groupKey)
    expect(hex(group.value)).toBe(apache.group)
  })

  it('are deleted by their key alone', () => {
    const tombstones = [offsetTombstone('group', 'topic', 7), groupTombstone('group')]
    expect(tombstones.map(({ key, value }) => [hex(key), value])).toEqual([
      [apache.offsetKey, null],
      [apache.groupKey, null],
    ])
  })

  it('are read in every version', () => {
    expect(readOffsetCommit(Buffer.from(apache.offset, 'hex'))).toEqual(committed)
    expect(readOffsetCommit(Buffer.from(apache.offsetWithExpiry, 'hex'))).toEqual({
      ...committed,
      leaderEpoch: -1,
      topicId: ZERO_UUID,
      expireTimestampMs: 1_700_000_099_999,
    })
    expect(readGroupMetadata(Buffer.from(apache.group, 'hex'))).toEqual(metadata)
    expect(readGroupMetadata(Buffer.from(apache.groupVersion4, 'hex'))).toEqual(metadata)
    expect(readGroupMetadata(Buffer.from(apache.groupVersion0, 'hex'))).toEqual({
      ...metadata,
      currentStateTimestamp: -1,
      members: metadata.members.map((member) => ({
        ...member,
        groupInstanceId: null,
        rebalanceTimeout: -1,
      })),
    })
  })

  it('have keys of two kinds; those of other group protocols are passed over', () => {
    const offset = { kind: 'offset', group: 'group', topic: 'topic', partition: 7 }
    expect(readKey(Buffer.from(apache.offsetKey, 'hex'))).toEqual(offset)
    expect(readKey(Buffer.from(apache.offsetKey.replace('0001', '0000'), 'hex'))).toEqual(offset)
    expect(readKey(Buffer.from(apache.groupKey, 'hex'))).toEqual({ kind: 'group', group: 'group' })
    expect(readKey(Buffer.from(apache.consumerGroupKey, 'hex'))).toBeNull()
    expect(readKey(Buffer.from('7fff', 'hex'))).toBeNull()
  })

  it('of a version to come stop the reader', () => {
    const value = Buffer.from(apache.group.replace('0003', '0005'), 'hex')
    expect(() => readGroupMetadata(value)).toThrow('found version 5, wanted 0 to 4')
  })

  it('are read as they were written', () => {
    const uuid = fc.constantFrom(ZERO_UUID, committed.topicId)
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.nat(),
        fc.record({
          offset: fc.nat(),
          leaderEpoch: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
          metadata: fc.string(),
          commitTimestampMs: fc.nat({ max: 2 ** 45 }),
          topicId: uuid,
        }),
        (group, topic, partition, value) => {
          const written = { ...value, expireTimestampMs: -1 }
          const record = offsetCommitRecord(group, topic, partition, written)
          expect(readKey(record.key)).toEqual({ kind: 'offset', group, topic, partition })
          expect(readOffsetCommit(record.value ?? Buffer.alloc(0))).toEqual(written)
        },
      ),
    )
  })
})
