import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Prng } from '../base/index.ts'
import { placeReplicas } from './placement.ts'
import type { UsableBroker } from './placement.ts'

function place(
  brokers: readonly UsableBroker[],
  partitionCount: number,
  replicationFactor: number,
  seed = 1,
): readonly (readonly number[])[] {
  const prng = new Prng(seed)
  const placement = placeReplicas(brokers, partitionCount, replicationFactor, () => prng.float())
  if (!placement.ok) throw new Error(placement.message)
  return placement.assignments
}

function counts(ids: readonly number[]): number[] {
  const byId = new Map<number, number>()
  for (const id of ids) byId.set(id, (byId.get(id) ?? 0) + 1)
  return [...byId.values()]
}

function cluster(racks: readonly (readonly number[])[]): UsableBroker[] {
  return racks.flatMap((ids, rack) => ids.map((id) => ({ id, rack: `r${rack}`, fenced: false })))
}

describe('placeReplicas', () => {
  it('puts everything on the only broker', () => {
    const assignments = place([{ id: 7, rack: null, fenced: false }], 3, 1)
    expect(assignments).toEqual([[7], [7], [7]])
  })

  it('refuses more replicas than brokers, and a cluster of fenced brokers', () => {
    const random = (): number => 0
    expect(placeReplicas(cluster([[1]]), 1, 2, random)).toEqual({
      ok: false,
      message:
        'The target replication factor of 2 cannot be reached because only 1 broker(s) are registered.',
    })
    expect(placeReplicas([{ id: 1, rack: null, fenced: true }], 1, 1, random)).toEqual({
      ok: false,
      message: 'All brokers are currently fenced.',
    })
  })

  it('never lets a fenced broker lead and prefers unfenced brokers of a rack', () => {
    const brokers = [
      { id: 1, rack: 'a', fenced: true },
      { id: 2, rack: 'a', fenced: false },
      { id: 3, rack: 'b', fenced: true },
    ]
    for (const replicas of place(brokers, 20, 2)) expect(replicas).toEqual([2, 3])
  })

  it('spreads leaders evenly over equal racks', () => {
    const assignments = place(
      cluster([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      60,
      3,
    )
    expect(counts(assignments.map(([leader]) => leader as number))).toEqual(Array(6).fill(10))
  })

  it('does not tie the followers of a leader to one broker', () => {
    const assignments = place(cluster([[1, 2, 3, 4, 5]]), 200, 2)
    const followersOfOne = assignments.filter(([leader]) => leader === 1).map(([, id]) => id)
    expect(new Set(followersOfOne)).toEqual(new Set([2, 3, 4, 5]))
  })

  it('keeps its rules in any cluster', () => {
    const rack = fc.constantFrom('a', 'b', 'c', null)
    const anyBrokers = fc.array(fc.record({ rack, fenced: fc.boolean() }), {
      minLength: 1,
      maxLength: 9,
    })
    fc.assert(
      fc.property(anyBrokers, fc.nat(8), fc.nat(1000), (shapes, more, seed) => {
        const brokers = shapes.map((shape, id) => ({ ...shape, id }))
        fc.pre(brokers.some(({ fenced }) => !fenced))
        const replicationFactor = 1 + (more % brokers.length)
        const racks = new Set(brokers.map((broker) => broker.rack))
        const assignments = place(brokers, 12, replicationFactor, seed)
        expect(assignments).toHaveLength(12)
        for (const replicas of assignments) {
          expect(new Set(replicas).size).toBe(replicationFactor)
          expect(brokers[replicas[0] as number]?.fenced).toBe(false)
          const used = new Set(replicas.map((id) => brokers[id]?.rack))
          expect(used.size).toBe(Math.min(replicationFactor, racks.size))
        }
        const leaders = assignments.map(([leader]) => leader as number)
        const unfenced = brokers.filter(({ fenced }) => !fenced)
        if (new Set(unfenced.map((broker) => broker.rack)).size === 1) {
          expect(Math.max(...counts(leaders))).toBe(Math.ceil(12 / unfenced.length))
        }
      }),
      { numRuns: 300 },
    )
  })
})
