import { describe, expect } from 'vitest'
import { conforms, sleep } from './harness.conformance.ts'
import type { MakeHarness } from './harness.conformance.ts'

/** What every {@link Clock} must do. */
export function clockConformance(name: string, make: MakeHarness): void {
  describe(`${name} conforms to Clock`, () => {
    conforms(make, 'after() never runs early, and monotonic time moves', async ({ io }) => {
      for (const delayMs of [0, 0.4, 1, 3, 7.5, 20]) {
        const startMs = io.clock.monotonicMs()
        await sleep(io.clock, delayMs)
        expect(io.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(delayMs)
      }
    })

    conforms(make, 'after() runs the sooner timer first', async ({ io }) => {
      const seen: string[] = []
      io.clock.after(30, () => seen.push('late'))
      io.clock.after(5, () => seen.push('soon'))
      await sleep(io.clock, 60)
      expect(seen).toEqual(['soon', 'late'])
    })

    conforms(make, 'after() never runs its callback within the call', async ({ io }) => {
      let hasRun = false
      io.clock.after(0, () => {
        hasRun = true
      })
      expect(hasRun).toBe(false)
      await Promise.resolve()
      expect(hasRun).toBe(false)
      await sleep(io.clock, 5)
      expect(hasRun).toBe(true)
    })

    conforms(make, 'a cancelled timer never runs; cancelling again is harmless', async ({ io }) => {
      let runs = 0
      const timer = io.clock.after(5, () => runs++)
      timer.cancel()
      timer.cancel()
      const ran = io.clock.after(1, () => runs++)
      await sleep(io.clock, 20)
      ran.cancel()
      expect(runs).toBe(1)
    })

    conforms(make, 'a delay of years does not run at once', async ({ io }) => {
      let runs = 0
      const timers = [2 ** 31, 2 ** 40, 2 ** 63].map((ms) => io.clock.after(ms, () => runs++))
      await sleep(io.clock, 20)
      expect(runs).toBe(0)
      for (const timer of timers) timer.cancel()
    })

    conforms(make, 'soon() runs after the promises that are settled now', async ({ io }) => {
      const seen: string[] = []
      const done = new Promise<void>((resolve) => {
        io.clock.soon(() => {
          seen.push('soon')
          resolve()
        })
      })
      await Promise.resolve()
      await Promise.resolve()
      seen.push('promise')
      await done
      expect(seen).toEqual(['promise', 'soon'])
    })

    conforms(make, 'wall time is a whole number of milliseconds and moves', async ({ io }) => {
      const startMs = io.clock.wallMs()
      expect(Number.isSafeInteger(startMs)).toBe(true)
      expect(startMs).toBeGreaterThan(Date.UTC(2020, 0))
      await sleep(io.clock, 20)
      expect(io.clock.wallMs()).toBeGreaterThanOrEqual(startMs + 19)
    })
  })
}
