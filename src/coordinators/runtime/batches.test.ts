import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { draftBatch, partsOf } from './batches.ts'

it('cuts records into parts that fit a batch each, and loses none', () => {
  const record = fc.record({
    key: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    value: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
  })
  fc.assert(
    fc.property(fc.array(record), fc.integer({ min: 600, max: 2_000 }), (records, sizeMax) => {
      const parts = [...partsOf(records, sizeMax)]
      expect(parts.flat()).toEqual(records)
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0)
        expect(draftBatch(part, 1, 'uncompressed').length).toBeLessThanOrEqual(sizeMax)
      }
    }),
  )
})

it('leaves a record that alone is too large in a part of its own', () => {
  const large = { key: Buffer.alloc(1), value: Buffer.alloc(5_000) }
  const small = { key: Buffer.alloc(1), value: null }
  expect([...partsOf([small, large, small], 1_000)].map((part) => part.length)).toEqual([1, 1, 1])
})
