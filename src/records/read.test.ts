import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildBatch } from './build.ts'
import { readBatchHeader } from './header.ts'
import { findRecord, readRecords } from './read.ts'

const T0 = 1_700_000_000_000
const BASE_OFFSET = 100

const batches = fc.record({
  timesMs: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 }),
  codec: fc.constantFrom('uncompressed' as const, 'gzip' as const, 'zstd' as const),
  timestampMin: fc.integer({ min: -1, max: 22 }),
  offsetMin: fc.integer({ min: BASE_OFFSET - 1, max: BASE_OFFSET + 13 }),
})

function batchOf(timesMs: readonly number[], codec: 'uncompressed' | 'gzip' | 'zstd'): Buffer {
  const records = timesMs.map((ms) => ({ key: null, value: null, timestampMs: T0 + ms }))
  return buildBatch(records, { codec, baseOffset: BASE_OFFSET })
}

describe('findRecord', () => {
  it('finds what a look at all records finds', () => {
    fc.assert(
      fc.property(batches, ({ timesMs, codec, timestampMin, offsetMin }) => {
        const batch = batchOf(timesMs, codec)
        const header = readBatchHeader(batch, 0)
        const expected = readRecords(batch, header).find(
          (record) => record.timestampMs >= T0 + timestampMin && record.offset >= offsetMin,
        )
        const found = findRecord(batch, header, T0 + timestampMin, offsetMin)
        expect(found).toEqual(
          expected === undefined
            ? null
            : { offset: expected.offset, timestampMs: expected.timestampMs },
        )
      }),
    )
  })

  it('refuses a batch that cannot hold its records, and one that is damaged on the way', () => {
    const many = batchOf([1, 2], 'uncompressed')
    many.writeInt32BE(1000, 57)
    expect(() => findRecord(many, readBatchHeader(many, 0), T0, 0)).toThrow('cannot hold')
    const broken = batchOf([1, 2], 'uncompressed')
    broken[61] = 1
    expect(() => findRecord(broken, readBatchHeader(broken, 0), T0, 0)).toThrow('in record 0')
  })
})
