import { describe, expect, it } from 'vitest'
import { collectGarbage, mustCollect } from './idle-memory.ts'
import type { MemorySeen } from './idle-memory.ts'

const MIB = 1024 * 1024
const AFTER_A_BURST: MemorySeen = {
  nowMs: 100_000,
  utilization: 0.01,
  heapTotal: 95 * MIB,
  heapUsed: 36 * MIB,
}

describe('mustCollect()', () => {
  it('in the first idle moment after a burst, once', () => {
    expect(mustCollect(AFTER_A_BURST, -Infinity)).toBe(true)
    expect(mustCollect({ ...AFTER_A_BURST, utilization: 0.5 }, -Infinity)).toBe(false)
    expect(mustCollect(AFTER_A_BURST, 99_000)).toBe(false)
    expect(mustCollect(AFTER_A_BURST, 69_000)).toBe(true)
  })

  it('not where little would come of it, nor where it would take long', () => {
    expect(mustCollect({ ...AFTER_A_BURST, heapTotal: 40 * MIB }, -Infinity)).toBe(false)
    const large = { ...AFTER_A_BURST, heapTotal: 900 * MIB, heapUsed: 400 * MIB }
    expect(mustCollect(large, -Infinity)).toBe(false)
  })
})

describe('collectGarbage()', () => {
  it('collects, and leaves no gc() behind', () => {
    const ref = new WeakRef({ bytes: Buffer.alloc(1000) })
    return new Promise<void>((resolve) => {
      setImmediate(() => {
        collectGarbage()
        expect(ref.deref()).toBeUndefined()
        expect('gc' in globalThis).toBe(false)
        resolve()
      })
    })
  })
})
