import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planMoves } from './planner.ts'
import type { Move, Placement } from './planner.ts'

interface Cluster {
  readonly placements: readonly Placement[]
  readonly brokers: readonly { readonly id: number; readonly rack: string | null }[]
}

function brokers(...ids: number[]): { id: number; rack: null }[] {
  return ids.map((id) => ({ id, rack: null }))
}

function topic(name: string, ...replicas: number[][]): Placement[] {
  return replicas.map((ids, partition) => ({ topic: name, partition, replicas: ids }))
}

/** What is there when the plan is done. */
function after(placements: readonly Placement[], moves: readonly Move[]): Placement[] {
  return placements.map(
    (it) => moves.find((move) => move.topic === it.topic && move.partition === it.partition) ?? it,
  )
}

/** Replicas that are copied: the cost of a plan. */
function copies(moves: readonly Move[]): number {
  return moves.flatMap(({ from, replicas }) => replicas.filter((id) => !from.includes(id))).length
}

function counts(placements: readonly Placement[], ids: readonly number[]): number[] {
  const all = placements.flatMap(({ replicas }) => replicas)
  return ids.map((id) => all.filter((it) => it === id).length)
}

describe('planMoves', () => {
  it('leaves alone what is even', () => {
    const placements = topic('t', [1, 2], [2, 3], [3, 1])
    expect(planMoves(placements, brokers(1, 2, 3))).toEqual([])
  })

  it('gives a new broker its share, and moves no more than that', () => {
    const placements = topic('t', [1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 3, 2])
    const moves = planMoves(placements, brokers(1, 2, 3, 4))
    expect(copies(moves)).toBe(3)
    expect(counts(after(placements, moves), [1, 2, 3, 4])).toEqual([3, 3, 3, 3])
  })

  it('takes everything from a broker that goes, in its place in the order', () => {
    const placements = topic('t', [1, 2], [2, 3], [3, 4])
    const moves = planMoves(placements, brokers(1, 2, 4))
    expect(moves).toEqual([
      { topic: 't', partition: 1, from: [2, 3], replicas: [2, expect.anything()] },
      { topic: 't', partition: 2, from: [3, 4], replicas: expect.anything() },
    ])
    expect(after(placements, moves).flatMap(({ replicas }) => replicas)).not.toContain(3)
  })

  it('raises and lowers the number of replicas', () => {
    const grown = planMoves(topic('t', [1], [2], [3]), brokers(1, 2, 3), 3)
    expect(grown.map(({ replicas }) => replicas[0])).toEqual([1, 2, 3])
    expect(grown.every(({ replicas }) => replicas.length === 3)).toBe(true)
    const shrunk = planMoves(topic('t', [1, 2, 3], [2, 3, 1]), brokers(1, 2, 3), 1)
    expect(shrunk.map(({ replicas }) => replicas)).toEqual([[1], [2]])
  })

  it('drops the replica that shares its rack', () => {
    const racks = [
      { id: 1, rack: 'a' },
      { id: 2, rack: 'a' },
      { id: 3, rack: 'b' },
    ]
    expect(planMoves(topic('t', [1, 3, 2]), racks, 2)[0]?.replicas).toEqual([1, 3])
  })

  it('refuses more replicas than brokers', () => {
    expect(() => planMoves(topic('t', [1, 2, 3]), brokers(1, 2))).toThrow('there are 2 brokers')
  })

  it('makes new brokers preferred leaders, too', () => {
    const placements = topic('t', [1, 2], [1, 2], [1, 2], [1, 2], [2, 1], [2, 1], [2, 1], [2, 1])
    const moves = planMoves(placements, brokers(1, 2, 3, 4))
    const leaders = after(placements, moves).map(({ replicas }) => replicas[0])
    expect([3, 4].map((id) => leaders.filter((it) => it === id).length)).toEqual([2, 2])
  })
})

describe('planMoves, whatever the cluster', () => {
  const cluster = (withRacks: boolean): fc.Arbitrary<Cluster> =>
    fc
      .record({
        old: fc.integer({ min: 1, max: 6 }),
        current: fc.integer({ min: 3, max: 7 }),
        racks: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 7, maxLength: 7 }),
        factor: fc.integer({ min: 1, max: 3 }),
        sizes: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 }),
        seed: fc.array(fc.nat(), { minLength: 100, maxLength: 100 }),
      })
      .map(({ old, current, racks, factor, sizes, seed }) => {
        let next = 0
        const placements = sizes.flatMap((size, number) =>
          Array.from({ length: size }, (_, partition) => {
            // Any distinct brokers among the old ones.
            const ids = Array.from({ length: old }, (_, index) => index + 2)
            const count = Math.min(factor, old)
            const replicas = Array.from({ length: count }, () => {
              const at = (seed[next++ % seed.length] ?? 0) % ids.length
              return ids.splice(at, 1)[0] ?? 0
            })
            return { topic: `t${number}`, partition, replicas }
          }),
        )
        const brokers = Array.from({ length: current }, (_, index) => ({
          id: index + 1,
          rack: withRacks ? (racks[index] ?? null) : null,
        }))
        return { placements, brokers }
      })

  it('ends with whole partitions on the given brokers, in as many racks as can be, and is done then', () => {
    fc.assert(
      fc.property(cluster(true), ({ placements, brokers }) => {
        const done = after(placements, planMoves(placements, brokers))
        const racks = new Map(brokers.map(({ id, rack }) => [id, rack]))
        const rackCount = new Set(racks.values()).size
        for (const [index, { replicas }] of done.entries()) {
          expect(replicas).toHaveLength(placements[index]?.replicas.length ?? 0)
          expect(new Set(replicas).size).toBe(replicas.length)
          expect(replicas.every((id) => racks.has(id))).toBe(true)
          const used = new Set(replicas.map((id) => racks.get(id))).size
          expect(used).toBe(Math.min(replicas.length, rackCount))
        }
        expect(planMoves(done, brokers)).toEqual([])
      }),
    )
  })

  it('without racks ends even, and copies no more than any even plan must', () => {
    fc.assert(
      fc.property(cluster(false), ({ placements, brokers }) => {
        const ids = brokers.map(({ id }) => id)
        const moves = planMoves(placements, brokers)
        const spread = counts(after(placements, moves), ids)
        const [least, most] = [Math.min(...spread), Math.max(...spread)]
        expect(most - least).toBeLessThanOrEqual(1)
        const before = counts(placements, ids)
        const total = spread.reduce((sum, count) => sum + count, 0)
        const [low, high] = [Math.floor(total / ids.length), Math.ceil(total / ids.length)]
        const gone = total - before.reduce((sum, count) => sum + count, 0)
        const excess = before.reduce((sum, count) => sum + Math.max(count - high, 0), gone)
        const deficit = before.reduce((sum, count) => sum + Math.max(low - count, 0), 0)
        // With few brokers those that lack a replica of a partition may not be those that are emptiest.
        expect(copies(moves)).toBeLessThanOrEqual(Math.max(excess, deficit) + placements.length)
        if (gone === 0) expect(copies(moves)).toBe(Math.max(excess, deficit))
      }),
    )
  })
})
