import { describe, expect, test } from 'vitest'
import { repairFor, truncationOffset } from './follower-rules.ts'

describe('where to cut', () => {
  test('at the end of the epoch that both have', () => {
    const own = { leaderEpoch: 3, endOffset: 30 }
    expect(truncationOffset({ epoch: 3, endOffset: 25 }, own, 40)).toBe(25)
    expect(truncationOffset({ epoch: 3, endOffset: 35 }, own, 40)).toBe(30)
  })

  test('at the end of the last epoch before it, when the follower has not the one that the leader names (KIP-279)', () => {
    expect(
      truncationOffset({ epoch: 3, endOffset: 25 }, { leaderEpoch: 2, endOffset: 20 }, 40),
    ).toBe(20)
    expect(
      truncationOffset({ epoch: 3, endOffset: 15 }, { leaderEpoch: 2, endOffset: 20 }, 40),
    ).toBe(20)
  })

  test('where the leader says, when the follower knows of no such epoch; never beyond its end', () => {
    const unknown = { leaderEpoch: -1, endOffset: -1 }
    expect(truncationOffset({ epoch: 3, endOffset: 25 }, unknown, 40)).toBe(25)
    expect(truncationOffset({ epoch: 3, endOffset: 45 }, unknown, 40)).toBe(40)
  })
})

test('an offset that the leader does not have: cut what is too long, begin anew where it begins later', () => {
  const own = { logStart: 10, logEnd: 20 }
  expect(repairFor(own, { logStart: 0, logEnd: 15 })).toEqual({ kind: 'truncateTo', offset: 15 })
  expect(repairFor(own, { logStart: 25, logEnd: 30 })).toEqual({ kind: 'restartAt', offset: 25 })
  expect(repairFor(own, { logStart: 15, logEnd: 30 })).toEqual({ kind: 'none' })
})
