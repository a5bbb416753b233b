import { describe, expect } from 'vitest'
import { conforms } from './harness.conformance.ts'
import type { MakeHarness } from './harness.conformance.ts'

/** What every {@link Entropy} must do. */
export function entropyConformance(name: string, make: MakeHarness): void {
  describe(`${name} conforms to Entropy`, () => {
    conforms(make, 'randomBytes() gives as many bytes as asked for, never the same', ({ io }) => {
      expect(io.entropy.randomBytes(0)).toHaveLength(0)
      const seen = new Set<string>()
      for (let i = 0; i < 200; i++) {
        const bytes = io.entropy.randomBytes(16)
        expect(bytes).toHaveLength(16)
        seen.add(bytes.toString('hex'))
      }
      expect(seen.size).toBe(200)
    })

    conforms(make, 'random() is spread over [0, 1)', ({ io }) => {
      const buckets = new Set<number>()
      for (let i = 0; i < 1_000; i++) {
        const value = io.entropy.random()
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThan(1)
        buckets.add(Math.floor(value * 10))
      }
      expect(buckets.size).toBe(10)
    })

    conforms(make, 'two processes draw different numbers', ({ io, other }) => {
      expect(io.entropy.randomBytes(16)).not.toEqual(other.entropy.randomBytes(16))
    })
  })
}
