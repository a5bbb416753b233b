import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LeaderEpochs } from './leader-epochs.ts'

const of = (...pairs: [number, number][]): LeaderEpochs =>
  new LeaderEpochs(pairs.map(([epoch, startOffset]) => ({ epoch, startOffset })))
const pairs = (epochs: LeaderEpochs): number[][] =>
  epochs.entries.map(({ epoch, startOffset }) => [epoch, startOffset])

describe('where an epoch ends', () => {
  const epochs = of([2, 10], [5, 20], [6, 30])

  test('is where the next one begins; of the latest it is the log end', () => {
    expect(epochs.endOf(2, 40)).toEqual({ leaderEpoch: 2, endOffset: 20 })
    expect(epochs.endOf(5, 40)).toEqual({ leaderEpoch: 5, endOffset: 30 })
    expect(epochs.endOf(6, 40)).toEqual({ leaderEpoch: 6, endOffset: 40 })
  })

  test('of one that wrote nothing it is the end of the one before', () => {
    expect(epochs.endOf(3, 40)).toEqual({ leaderEpoch: 2, endOffset: 20 })
  })

  test('of one that is older than all it is where the first begins; of a newer one, or none, unknown', () => {
    expect(epochs.endOf(1, 40)).toEqual({ leaderEpoch: 1, endOffset: 10 })
    expect(epochs.endOf(7, 40)).toEqual({ leaderEpoch: -1, endOffset: -1 })
    expect(epochs.endOf(-1, 40)).toEqual({ leaderEpoch: -1, endOffset: -1 })
    expect(new LeaderEpochs().endOf(0, 0)).toEqual({ leaderEpoch: -1, endOffset: -1 })
  })
})

test('an epoch is assigned once; one that contradicts others replaces them', () => {
  const epochs = of([1, 10])
  expect(epochs.assign(1, 15)).toBe(false)
  expect(epochs.assign(2, 20)).toBe(true)
  // Two leaders without a record between them: only the later one counts.
  expect(epochs.assign(3, 20)).toBe(true)
  expect(pairs(epochs)).toEqual([
    [1, 10],
    [3, 20],
  ])
  epochs.assign(2, 15)
  expect(pairs(epochs)).toEqual([
    [1, 10],
    [2, 15],
  ])
  expect(() => epochs.assign(-1, 5)).toThrow('Cannot assign')
})

test('cut at the end, cut at the beginning', () => {
  const epochs = of([1, 10], [2, 20], [3, 30])
  expect(epochs.truncateFromEnd(31)).toBe(false)
  expect(epochs.truncateFromEnd(30)).toBe(true)
  expect(epochs.truncateFromStart(5)).toBe(false)
  expect(epochs.truncateFromStart(10)).toBe(false)
  expect(epochs.truncateFromStart(25)).toBe(true)
  expect(pairs(epochs)).toEqual([[2, 25]])
  expect([epochs.epochAt(24), epochs.epochAt(25), epochs.latest]).toEqual([-1, 2, 2])
  epochs.truncateFromEnd(0)
  expect(epochs.latest).toBe(-1)
})

test('both numbers ascend, whatever is done', () => {
  const number = fc.integer({ min: 0, max: 20 })
  const step = fc.tuple(fc.constantFrom('assign', 'end', 'start'), number, number)
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const epochs = new LeaderEpochs()
      for (const [what, a, b] of steps) {
        if (what === 'assign') epochs.assign(a, b)
        else if (what === 'end') epochs.truncateFromEnd(a)
        else epochs.truncateFromStart(a)
        for (const [index, entry] of epochs.entries.entries()) {
          const before = epochs.entries[index - 1]
          if (before === undefined) continue
          expect(entry.epoch).toBeGreaterThan(before.epoch)
          expect(entry.startOffset).toBeGreaterThan(before.startOffset)
        }
      }
    }),
  )
})
