import { describe, expect, test } from 'vitest'
import { isThrottledReplica, ReplicationThrottle } from './throttle.ts'

describe('ReplicationThrottle', () => {
  test('lets through as much as the rate says, over any time', () => {
    const throttle = new ReplicationThrottle(() => 1_000)
    let sent = 0
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 10) {
      if (throttle.isExceeded(nowMs)) continue
      throttle.record(300, nowMs)
      sent += 300
    }
    expect(sent).toBeGreaterThanOrEqual(60_000)
    expect(sent).toBeLessThanOrEqual(61_500)
  })

  test('a large piece is paid for afterwards; a new rate holds at once', () => {
    let rate = 100
    const throttle = new ReplicationThrottle(() => rate)
    throttle.record(1_100, 0)
    expect(throttle.isExceeded(9_900)).toBe(true)
    expect(throttle.isExceeded(10_100)).toBe(false)
    throttle.record(1_100, 10_100)
    rate = 1e9
    expect(throttle.isExceeded(10_101)).toBe(false)
  })

  test('without a limit nothing is exceeded', () => {
    const throttle = new ReplicationThrottle(() => Number.MAX_SAFE_INTEGER)
    throttle.record(1e12, 0)
    expect(throttle.isExceeded(0)).toBe(false)
  })
})

test.each([
  [undefined, false],
  ['', false],
  ['*', true],
  ['0:2,1:3', true],
  ['1:2, 0:3', false],
  ['11:3', false],
])('%j names replica 3 of partition 1: %s', (list, expected) => {
  expect(isThrottledReplica(list, 1, 3)).toBe(expected)
})
