import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BufferPool } from './buffer-pool.ts'

const KIB = 1024
const MIB = 1024 * KIB

describe('BufferPool', () => {
  test('uses the memory of a part again for the next buffer of about its size', () => {
    const pool = new BufferPool(MIB)
    const first = pool.take(100 * KIB)
    pool.give(first.subarray(10, 20))
    const second = pool.take(120 * KIB)
    expect(second.buffer).toBe(first.buffer)
    expect(second.length).toBe(120 * KIB)
    expect(pool.heldBytes).toBe(0)
  })

  test('takes nothing back twice, and nothing that it did not lend', () => {
    const pool = new BufferPool(MIB)
    const first = pool.take(64 * KIB)
    pool.give(first)
    pool.give(first)
    pool.give(Buffer.allocUnsafeSlow(64 * KIB))
    pool.give(Buffer.from('small'))
    pool.give(pool.take(100))
    expect(pool.heldBytes).toBe(64 * KIB)
    expect(pool.take(64 * KIB).buffer).not.toBe(pool.take(64 * KIB).buffer)
  })

  test('never lends the same bytes twice and never holds more than it may', () => {
    const step = fc.record({ give: fc.boolean(), sizeBytes: fc.integer({ min: 0, max: 5 * MIB }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pool = new BufferPool(6 * MIB)
        const lent: Buffer[] = []
        for (const { give, sizeBytes } of steps) {
          if (give && lent.length > 0)
            pool.give(lent.splice(sizeBytes % lent.length, 1)[0] as Buffer)
          const taken = pool.take(sizeBytes)
          expect(taken.length).toBe(sizeBytes)
          if (sizeBytes >= 16 * KIB) {
            expect(lent.every(({ buffer }) => buffer !== taken.buffer)).toBe(true)
            lent.push(taken)
          }
          expect(pool.heldBytes).toBeLessThanOrEqual(6 * MIB)
        }
      }),
      { numRuns: 30 },
    )
  })
})
