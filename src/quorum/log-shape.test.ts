import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  afterSnapshot,
  compareLogs,
  emptyLog,
  endOfEpoch,
  lastEpochOf,
  startingAt,
  truncated,
  truncationFor,
  withBatch,
} from './log-shape.ts'
import type { LogShape } from './log-shape.ts'

/** The epoch of each record: the dumb twin of a shape that begins at 0. */
type Twin = readonly number[]

function shapeOf(twin: Twin): LogShape {
  return twin.reduce((log, epoch, offset) => withBatch(log, epoch, offset + 1), emptyLog)
}

/** Two logs as Raft lets them be: the same up to a point, and from there on no epoch in common but perhaps the one before it. */
const twoLogs = fc
  .record({
    common: fc.array(fc.nat(2), { maxLength: 12 }),
    ours: fc.array(fc.nat(2), { maxLength: 8 }),
    theirs: fc.array(fc.nat(2), { maxLength: 8 }),
    oursGoesOn: fc.boolean(),
  })
  .map(({ common, ours, theirs, oursGoesOn }) => {
    let epoch = 1
    const prefix = common.map((step) => (epoch += step))
    const suffix = (steps: readonly number[], parity: number, goesOn: boolean): number[] => {
      let last = epoch
      let isOwn = goesOn
      return steps.map((step) => {
        if (isOwn && step === 0) return last
        if (isOwn || step > 0 || last === epoch) last = nextOf(last, parity)
        isOwn = false
        return last
      })
    }
    return {
      leader: [...prefix, ...suffix(theirs, 0, !oursGoesOn)],
      follower: [...prefix, ...suffix(ours, 1, oursGoesOn)],
    }
  })

function nextOf(epoch: number, parity: number): number {
  return epoch + 1 + ((epoch + 1 + parity) % 2)
}

function commonLength(a: Twin, b: Twin): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

describe('the shape of a log', () => {
  it('knows where each epoch ends', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 20 }), fc.nat(30), (steps, asked) => {
        let epoch = 1
        const twin = steps.map((step) => (epoch += step))
        const end = endOfEpoch(shapeOf(twin), asked)
        const below = twin.filter((of) => of <= asked)
        expect(end).toEqual({ epoch: below.at(-1) ?? 0, endOffset: below.length })
      }),
    )
  })

  it('leads any follower back to what the logs have in common, in few rounds', () => {
    fc.assert(
      fc.property(twoLogs, ({ leader, follower }) => {
        const ours = shapeOf(leader)
        const common = commonLength(leader, follower)
        let own = shapeOf(follower)
        let rounds = 0
        for (; ; rounds++) {
          expect(rounds).toBeLessThan(10)
          const position = compareLogs(ours, own.end, lastEpochOf(own))
          if (position.kind === 'valid') break
          if (position.kind === 'snapshot') throw new Error('nothing was let go')
          const end = truncationFor(own, position.end)
          expect(end).not.toBeNull()
          expect(end).toBeGreaterThanOrEqual(common)
          expect(end).toBeLessThan(own.end)
          own = truncated(own, end ?? 0)
        }
        expect(own.end).toBe(common)
        expect(own.epochs).toEqual(shapeOf(follower.slice(0, common)).epochs)
      }),
      { numRuns: 2000 },
    )
  })

  it('answers the same once its beginning is gone, or with a snapshot', () => {
    fc.assert(
      fc.property(twoLogs, fc.nat(20), ({ leader, follower }, cut) => {
        const whole = shapeOf(leader)
        const at = Math.min(cut, leader.length)
        if (at === 0) return
        const id = { offsetEnd: at, epoch: leader[at - 1] ?? 0 }
        const rest = { ...startingAt(whole, id), snapshot: id }
        const own = shapeOf(follower)
        const before = compareLogs(whole, own.end, lastEpochOf(own))
        const after = compareLogs(rest, own.end, lastEpochOf(own))
        if (own.end < at) expect(after).toEqual({ kind: 'snapshot', id })
        else if (before.kind === 'valid') expect(after).toEqual(before)
        else expect(after.kind).not.toBe('valid')
      }),
      { numRuns: 2000 },
    )
  })

  it('goes on after a snapshot, and gives an empty log the newest one', () => {
    const id = { offsetEnd: 10, epoch: 3 }
    const log = withBatch(afterSnapshot(id), 5, 12)
    expect(compareLogs(log, 10, 3)).toEqual({ kind: 'valid' })
    expect(compareLogs(log, 10, 2)).toEqual({ kind: 'snapshot', id })
    expect(compareLogs(log, 0, 0)).toEqual({ kind: 'snapshot', id })
    expect(compareLogs(log, 11, 4)).toEqual({
      kind: 'diverging',
      end: { epoch: 3, endOffset: 10 },
    })
    expect(compareLogs(emptyLog, 0, 0)).toEqual({ kind: 'valid' })
  })

  it('never lets epochs fall or the end stand still', () => {
    const log = withBatch(emptyLog, 3, 2)
    expect(() => withBatch(log, 2, 3)).toThrow('must not fall')
    expect(() => withBatch(log, 3, 2)).toThrow('must rise')
  })
})
