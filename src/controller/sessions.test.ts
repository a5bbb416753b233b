import { describe, expect, it } from 'vitest'
import { INT64_MAX } from '../base/index.ts'
import { applyRecords } from '../metadata/index.ts'
import { brokerRecord, clusterOf } from './harness.conformance.ts'
import { Sessions } from './sessions.ts'

const TIMEOUT_MS = 8000

/** Calls `expired` as often as it is to be called. */
function expiredUntil(sessions: Sessions, fromMs: number, untilMs: number): number[] {
  const expired: number[] = []
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += sessions.checkIntervalMs) {
    expired.push(...sessions.expired(nowMs).map(({ brokerId }) => brokerId))
  }
  return expired
}

describe('Sessions', () => {
  it('gives everybody who is not fenced a full session at first', () => {
    const { cluster } = applyRecords(clusterOf(3), [brokerRecord(3, { fenced: true })])
    const sessions = new Sessions(TIMEOUT_MS, cluster, 5000)
    expect([1, 2, 3].map((id) => sessions.isInSession(id, id * 10))).toEqual([true, true, false])
    expect(expiredUntil(sessions, 5000, 13_000)).toEqual([])
    expect(expiredUntil(sessions, 14_000, 14_000)).toEqual([1, 2])
    expect(sessions.isInSession(1, 10)).toBe(false)
    expect(expiredUntil(sessions, 15_000, 30_000)).toEqual([])
  })

  it('ends the session of who is silent, and only of that incarnation', () => {
    const sessions = new Sessions(TIMEOUT_MS, clusterOf(2).cluster, 0)
    for (let nowMs = 0; nowMs < 20_000; nowMs += 1000) {
      sessions.touch(2, 20, 1, nowMs)
      const expired = sessions.expired(nowMs)
      expect(expired).toEqual(nowMs === 9000 ? [{ brokerId: 1, brokerEpoch: 10 }] : [])
    }
    sessions.touch(1, 55, 1, 20_000)
    expect([sessions.isInSession(1, 10), sessions.isInSession(1, 55)]).toEqual([false, true])
  })

  it('does not take its own pause for the silence of others', () => {
    const sessions = new Sessions(TIMEOUT_MS, clusterOf(2).cluster, 0)
    expect(expiredUntil(sessions, 0, 4000)).toEqual([])
    // Stopped for 15 seconds; the timer is the first that runs.
    expect(sessions.expired(19_000)).toEqual([])
    sessions.touch(2, 20, 1, 19_001)
    expect(expiredUntil(sessions, 20_000, 27_000)).toEqual([1])
  })

  it('lets a leaving broker go when the others know', () => {
    const { cluster } = clusterOf(3)
    const sessions = new Sessions(TIMEOUT_MS, cluster, 0)
    sessions.touch(1, 10, 50, 0)
    sessions.touch(2, 20, 60, 0)
    sessions.touch(3, 30, 70, 0)
    expect(sessions.lowestActiveOffset(cluster)).toBe(50)
    sessions.beginShutdown(1, 10, 65)
    sessions.beginShutdown(1, 10, 99)
    expect(sessions.shutdownOffset(1)).toBe(65)
    expect(sessions.lowestActiveOffset(cluster)).toBe(60)
    sessions.touch(2, 20, 66, 1)
    expect(sessions.lowestActiveOffset(cluster)).toBe(66)
    // A new incarnation is not leaving.
    sessions.touch(1, 11, 5, 2)
    expect(sessions.shutdownOffset(1)).toBeNull()
  })

  it('has no lowest offset where nobody is active', () => {
    expect(
      new Sessions(TIMEOUT_MS, clusterOf(0).cluster, 0).lowestActiveOffset(clusterOf(0).cluster),
    ).toBe(INT64_MAX)
  })
})
