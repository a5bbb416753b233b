import { describe, expect, it } from 'vitest'
import { INT64_MAX } from '../base/index.ts'
import { buildBatch } from './build.ts'
import type { BatchOptions, RecordDraft } from './build.ts'
import { checkProduced } from './check.ts'
import type { ProduceRules } from './check-rules.ts'
import type { Codec } from './compression/codec.ts'
import { buildEndTransactionMarker, coordinatorEpochOf, readControlRecord } from './control.ts'
import { codecOf, readBatchHeader } from './header.ts'
import { verifyBatch } from './iterate.ts'
import { readRecords } from './read.ts'

/** What Apache Kafka 4.3.1 makes of the three records below: MemoryRecords of its clients library, in hexadecimal. */
const RECORDS =
  '30000000046b311276616c7565206f6e6504026802780268010e00f60102010100100013040004c3a900'
/** lastOffsetDelta to recordCount: three records of 2023-11-14, no producer. */
const MIDDLE = '000000020000018bcfe568000000018bcfe5687bffffffffffffffffffffffffffff00000003'
const byCodec: Readonly<Record<Codec, string>> = {
  uncompressed: `00000000000000000000005bffffffff02b8b5e51a0000${MIDDLE}${RECORDS}`,
  gzip:
    `00000000000000000000006fffffffff0248d089120001${MIDDLE}` +
    '1f8b08000000000000ff3360606060c936142a4bcc294d55c8cf4b6561ca60aa60ca60e463f8c6c8c4c8c820c020' +
    'ccc2c07278250300ecfa31c62a000000',
  snappy:
    `000000000000000000000071ffffffff028d9a174a0002${MIDDLE}` +
    `82534e415050590000000001000000010000002c2aa4${RECORDS}`,
  lz4:
    `00000000000000000000006affffffff025f3f8e2f0003${MIDDLE}` +
    `04224d186040822a000080${RECORDS}00000000`,
  zstd:
    `000000000000000000000067ffffffff02bcb6c8290004${MIDDLE}` +
    `28b52ffd0058500100${RECORDS}010000`,
}
const idempotent =
  '00000000000000000000005bffffffff02c8e831a80000000000020000018bcfe568000000018bcfe5687b' +
  `0000000000000fa000037ffffffe00000003${RECORDS}`
const transactional =
  '000000000000002a0000004a0000000502d3817e510010000000000000018bcfe568000000018bcfe56800' +
  '0000000000000fa0000300000007000000013' +
  '0000000046b311276616c7565206f6e650402680278026801'
const commitMarker =
  '000000000000004d0000004200000009021dd250ea0030000000000000018bcfe568000000018bcfe56800' +
  '0000000000000fa00003ffffffff000000012000000008000000010c00000000000b00'
const logAppendTime =
  '000000000000000000000052ffffffff026652d9080008000000010000018bcfe568000000018bcfe58f0f' +
  'ffffffffffffffffffffffffffff0000000230000000046b311276616c7565206f6e650402680278026801' +
  '0e00f60102010100'

const T = 1_700_000_000_000
const rules: ProduceRules = {
  maxMessageBytes: 1_048_588,
  segmentBytes: 2 ** 30,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: INT64_MAX,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
  compressionType: 'producer',
  nowMs: T,
  zstdAllowed: true,
}
const headers = [
  { key: 'h', value: Buffer.from('x') },
  { key: 'h', value: null },
]
const first = { key: Buffer.from('k1'), value: Buffer.from('value one'), headers, timestampMs: T }
const drafts: readonly RecordDraft[] = [
  first,
  { key: null, value: null, timestampMs: T + 123 },
  { key: Buffer.alloc(0), value: Buffer.from('é'), timestampMs: T - 10 },
]

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}

describe('batches of Apache Kafka', () => {
  it.each(Object.entries(byCodec))('reads and takes %s', (codec, hex) => {
    const batch = bytesOf(hex)
    expect(verifyBatch(batch, 0, batch.length)).toBeNull()
    expect(codecOf(readBatchHeader(batch, 0))).toBe(codec)
    expect(readRecords(batch)).toEqual(
      drafts.map((draft, offset) => ({ offset, headers: [], ...draft })),
    )
    const checked = checkProduced(bytesOf(hex), rules)
    expect(checked.ok && checked.batch.buffer).toEqual(batch)
  })

  const built: [name: string, hex: string, records: readonly RecordDraft[], BatchOptions][] = [
    ['uncompressed', byCodec.uncompressed, drafts, {}],
    [
      'idempotent',
      idempotent,
      drafts,
      { producerId: 4000, producerEpoch: 3, baseSequence: 2 ** 31 - 2 },
    ],
    [
      'transactional',
      transactional,
      [first],
      {
        baseOffset: 42,
        leaderEpoch: 5,
        producerId: 4000,
        producerEpoch: 3,
        baseSequence: 7,
        transactional: true,
      },
    ],
    ['with LogAppendTime', logAppendTime, drafts.slice(0, 2), { logAppendTimeMs: T + 9999 }],
  ]
  it.each(built)('builds the same bytes: %s', (_, hex, records, options) => {
    expect(buildBatch(records, options).toString('hex')).toBe(hex)
  })

  it('gives every record of a LogAppendTime batch the time of the append', () => {
    const records = readRecords(bytesOf(logAppendTime))
    expect(records.map((record) => record.timestampMs)).toEqual([T + 9999, T + 9999])
  })

  it('builds and reads the marker that commits a transaction', () => {
    const marker = { commit: true, coordinatorEpoch: 11, producerId: 4000, producerEpoch: 3 }
    const place = { baseOffset: 77, leaderEpoch: 9, timestampMs: T }
    expect(buildEndTransactionMarker(marker, place).toString('hex')).toBe(commitMarker)
    const [record] = readRecords(bytesOf(commitMarker))
    expect(record?.offset).toBe(77)
    expect(record && readControlRecord(record).type).toBe(1)
    expect(record && coordinatorEpochOf(record)).toBe(11)
  })
})

describe('a batch computed by hand', () => {
  it('is read field by field', () => {
    const bytes = bytesOf(
      '0000000000000102' + // base offset 258
        '00000038' + // 56 bytes follow: 49 of header, 7 of record
        '00000007' + // leader epoch
        '02' + // magic
        'deadbeef' + // CRC
        '0071' + // delete horizon, control, transactional, gzip
        '00000000' + // last offset delta
        '0000000100000002' + // base timestamp 2^32 + 2
        'ffffffffffffffff' + // max timestamp -1
        '0000000000000fa0' + // producer id 4000
        '7fff' + // producer epoch
        '7fffffff' + // base sequence
        '00000001' + // one record
        '0c000000010100', // 6 bytes: attributes, two deltas, null, null, no headers
    )
    expect(readBatchHeader(bytes, 0)).toEqual({
      position: 0,
      baseOffset: 258,
      sizeBytes: 68,
      leaderEpoch: 7,
      magic: 2,
      crc: 0xdead_beef,
      attributes: 0x71,
      lastOffsetDelta: 0,
      baseTimestamp: 2 ** 32 + 2,
      maxTimestamp: -1,
      producerId: 4000,
      producerEpoch: 32767,
      baseSequence: 2 ** 31 - 1,
      recordCount: 1,
    })
  })
})
