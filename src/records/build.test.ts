import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { INT64_MAX } from '../base/index.ts'
import { buildBatch } from './build.ts'
import type { RecordDraft } from './build.ts'
import { checkProduced } from './check.ts'
import type { ProduceRules } from './check-rules.ts'
import type { Codec } from './compression/codec.ts'
import { RecordsError } from './error.ts'
import { readBatchHeader } from './header.ts'
import { verifyBatch } from './iterate.ts'
import { readRecords } from './read.ts'

const codecs: readonly Codec[] = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']
const rules: ProduceRules = {
  maxMessageBytes: 10_000_000,
  segmentBytes: 2 ** 30,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: INT64_MAX,
  timestampAfterMaxMs: INT64_MAX,
  compacted: false,
  compressionType: 'producer',
  nowMs: 1_700_000_000_000,
  zstdAllowed: true,
}

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b)),
  fc.nat(40_000).map((size) => Buffer.alloc(size, 'highwater ')),
)
const header = fc.record({ key: fc.string({ unit: 'binary', maxLength: 20 }), value: bytes })
const draft = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.oneof(fc.constant([]), fc.array(header, { maxLength: 5 })),
  timestampMs: fc.oneof(
    fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }),
    fc.integer({ min: -1, max: 2 ** 50 }),
  ),
})
const records = fc.array(draft, { minLength: 1, maxLength: 12 })

function expected(drafts: readonly RecordDraft[], baseOffset: number): unknown {
  return drafts.map((d, index) => ({
    offset: baseOffset + (d.offsetDelta ?? index),
    timestampMs: d.timestampMs ?? -1,
    key: d.key,
    value: d.value,
    headers: d.headers ?? [],
  }))
}

/** Comparing bytes as text is a hundred times faster. */
function texts(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && 'data' in v
      ? Buffer.from(v.data as number[]).toString('latin1')
      : v,
  )
}

describe('building, checking, reading', () => {
  it.each(codecs)('gives back what went in: %s', (codec) => {
    fc.assert(
      fc.property(records, (drafts) => {
        const batch = buildBatch(drafts, { codec })
        expect(verifyBatch(batch, 0, batch.length)).toBeNull()
        expect(texts(readRecords(batch))).toEqual(texts(expected(drafts, 0)))

        const before = Buffer.from(batch)
        const checked = checkProduced(batch, rules)
        expect(checked.ok && checked.batch.buffer === batch).toBe(true)
        expect(batch.equals(before)).toBe(true)
        expect(checked.decompressedBytes > 0).toBe(codec !== 'uncompressed')
      }),
      { numRuns: 50 },
    )
  })

  it('keeps the gaps that compaction leaves, and the span of the batch', () => {
    const drafts = [1, 5, 9].map((offsetDelta) => ({ key: null, value: null, offsetDelta }))
    const batch = buildBatch(drafts, { baseOffset: 100, lastOffsetDelta: 12 })
    expect(readRecords(batch).map((record) => record.offset)).toEqual([101, 105, 109])
    expect(readBatchHeader(batch, 0)).toMatchObject({ recordCount: 3, lastOffsetDelta: 12 })
    expect(readBatchHeader(buildBatch(drafts), 0).lastOffsetDelta).toBe(9)
  })

  it.each(codecs)('takes a batch that compaction has emptied: %s', (codec) => {
    const batch = buildBatch([], { codec, lastOffsetDelta: 4 })
    expect(batch).toHaveLength(61)
    expect(verifyBatch(batch, 0, batch.length)).toBeNull()
    expect(readRecords(batch)).toEqual([])
    expect(readBatchHeader(buildBatch([], { codec }), 0).lastOffsetDelta).toBe(0)
  })

  it('reads at the position of the header', () => {
    const drafts = [{ key: Buffer.from('k'), value: Buffer.from('v') }]
    const buffer = Buffer.concat([buildBatch(drafts), buildBatch(drafts, { baseOffset: 7 })])
    const second = readBatchHeader(buffer, buffer.length / 2)
    expect(readRecords(buffer, second)).toEqual(expected(drafts, 7))
  })
})

describe('readRecords', () => {
  const batch = buildBatch([
    { key: Buffer.from('key'), value: Buffer.from('value'), headers: [{ key: 'h', value: null }] },
    { key: null, value: Buffer.alloc(300, 'v') },
  ])

  it('throws its own error for whatever damage, never another', () => {
    for (let at = 61; at < batch.length; at++) {
      for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
        const broken = Buffer.from(batch)
        broken[at] = value
        expectRecordsOrError(() => readRecords(broken))
      }
    }
  })

  it('refuses counts that the bytes cannot hold', () => {
    for (const count of [-1, 3, 2 ** 31 - 1]) {
      const broken = Buffer.from(batch)
      broken.writeInt32BE(count, 57)
      expect(() => readRecords(broken)).toThrow(RecordsError)
    }
    const fewer = Buffer.from(batch)
    fewer.writeInt32BE(1, 57)
    expect(() => readRecords(fewer)).toThrow('left over')
  })

  it('refuses a batch that is cut short and a codec that nobody knows', () => {
    expect(() => readRecords(batch.subarray(0, batch.length - 1))).toThrow('claims')
    const unknown = Buffer.from(batch)
    unknown.writeInt16BE(5, 21)
    expect(() => readRecords(unknown)).toThrow('codec 5')
  })

  it('holds to the limit it is given', () => {
    const large = buildBatch([{ key: null, value: Buffer.alloc(100_000) }], { codec: 'zstd' })
    const read = (limit: number): unknown => readRecords(large, readBatchHeader(large, 0), limit)
    expect(() => read(100_000)).toThrow('limit of 100000')
    expect(read(101_000)).toHaveLength(1)
  })
})

function expectRecordsOrError(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(RecordsError)
  }
}
