/**
 * Which replicas should move so that some brokers hold all of them, evenly and spread over racks. As few as possible move: each copies its
 * whole log over the network.
 *
 * The steps, each of which leaves what the one before has reached:
 * 1. Replicas on brokers that may hold none go, and those beyond the wanted number.
 * 2. Missing ones are placed: in a rack that the partition does not use yet, then where the fewest are.
 * 3. A partition that has two replicas in one rack while another rack has none moves one of them.
 * 4. While one broker holds at least two more than another, one replica moves between them, unless that would put two into one rack.
 * 5. Of the partitions that change anyway, the first replicas (the preferred leaders) are spread.
 */
import { comparePartitions } from '../client/partitions.ts'
import type { TopicPartition } from '../client/partitions.ts'
import { BrokerLoads } from './broker-loads.ts'
import type { Draft, PlanBroker } from './broker-loads.ts'

export interface Placement extends TopicPartition {
  /** Ids of brokers, the preferred leader first. */
  readonly replicas: readonly number[]
}

/** A partition that changes: from where, and to which replicas. */
export interface Move extends Placement {
  readonly from: readonly number[]
}

/**
 * @param brokers those that may hold replicas
 * @param replicas how many each partition should have; null: as many as it has
 * @returns the partitions that change, in order
 * @throws RangeError there are fewer brokers than replicas
 */
export function planMoves(
  placements: readonly Placement[],
  brokers: readonly PlanBroker[],
  replicas: number | null = null,
): Move[] {
  const drafts = placements.toSorted(comparePartitions).map((it) => draftOf(it, replicas))
  const most = drafts.reduce((max, { wanted }) => Math.max(max, wanted), 0)
  if (most > brokers.length)
    throw new RangeError(`Cannot place ${most} replicas: there are ${brokers.length} brokers`)
  const loads = new BrokerLoads(brokers)
  for (const draft of drafts) keep(draft, loads)
  for (const draft of drafts) fill(draft, loads)
  for (const draft of drafts) spreadOverRacks(draft, loads)
  balance(drafts, loads)
  const moved = drafts.filter(
    ({ from, to }) => to.some((id, index) => id !== from[index]) || to.length !== from.length,
  )
  spreadLeaders(moved, drafts)
  return moved.map(({ topic, partition, from, to }) => ({ topic, partition, from, replicas: to }))
}

function draftOf({ topic, partition, replicas: from }: Placement, replicas: number | null): Draft {
  return { topic, partition, from, to: [...from], wanted: replicas ?? from.length }
}

function keep(draft: Draft, loads: BrokerLoads): void {
  draft.to = draft.to.filter((id) => loads.has(id))
  while (draft.to.length > draft.wanted) {
    // From the end where all else is equal: the preferred leader stays.
    const surplus = draft.to.toReversed()
    const racks = draft.to.map((id) => loads.rackOf(id))
    const isTwice = (id: number): boolean =>
      racks.filter((it) => it === loads.rackOf(id)).length > 1
    const victim = surplus.find(isTwice) ?? surplus[0]
    draft.to = draft.to.filter((id) => id !== victim)
  }
  for (const id of draft.to) loads.add(draft, id)
}

/** What comes takes the place of what goes, so that the order, and with it the preferred leader, changes as little as can be. */
function fill(draft: Draft, loads: BrokerLoads): void {
  const gone = draft.from.flatMap((id, index) => (draft.to.includes(id) ? [] : [index]))
  while (draft.to.length < draft.wanted) {
    const id = loads.leastLoaded(draft, loads.racksWithout(draft))
    draft.to.splice(Math.min(gone.shift() ?? Infinity, draft.to.length), 0, id)
    loads.add(draft, id)
  }
}

function spreadOverRacks(draft: Draft, loads: BrokerLoads): void {
  for (;;) {
    const unused = loads.racksWithout(draft)
    const crowded = loads.crowded(draft)
    const [first] = crowded
    if (first === undefined || unused === null) return
    const victim = crowded.reduce(
      (worst, id) => (loads.count(id) >= loads.count(worst) ? id : worst),
      first,
    )
    loads.move(draft, victim, loads.leastLoaded(draft, unused))
  }
}

function balance(drafts: readonly Draft[], loads: BrokerLoads): void {
  const held = new Map<number, Set<Draft>>()
  const holdersOf = (id: number): Set<Draft> => {
    const known = held.get(id) ?? new Set()
    held.set(id, known)
    return known
  }
  for (const draft of drafts) for (const id of draft.to) holdersOf(id).add(draft)
  for (;;) {
    const step = nextStep(loads, holdersOf)
    if (step === null) return
    loads.move(step.draft, step.from, step.to)
    holdersOf(step.from).delete(step.draft)
    holdersOf(step.to).add(step.draft)
  }
}

interface Step {
  readonly draft: Draft
  readonly from: number
  readonly to: number
}

/** From the fullest broker to the emptiest, or the next best pair where racks forbid it. */
function nextStep(loads: BrokerLoads, holdersOf: (id: number) => ReadonlySet<Draft>): Step | null {
  const byLoad = loads.byLoad()
  for (const from of byLoad.toReversed()) {
    for (const to of byLoad) {
      if (loads.count(from) - loads.count(to) < 2) break
      const draft = bestToMove(loads, holdersOf(from), from, to)
      if (draft !== null) return { draft, from, to }
    }
  }
  return null
}

function bestToMove(
  loads: BrokerLoads,
  drafts: ReadonlySet<Draft>,
  from: number,
  to: number,
): Draft | null {
  let best: Draft | null = null
  let bestScore = -Infinity
  for (const draft of drafts) {
    if (draft.to.includes(to) || !loads.keepsRacks(draft, from, to)) continue
    // One that has just been placed here costs nothing to place elsewhere; else the topic that is least even gains.
    const isFree = !draft.from.includes(from) || draft.from.includes(to)
    const score = (isFree ? 1e9 : 0) + loads.topicCount(draft, from) - loads.topicCount(draft, to)
    if (score > bestScore) [best, bestScore] = [draft, score]
  }
  return best
}

/** @param all counted, but only `moved` change */
function spreadLeaders(moved: readonly Draft[], all: readonly Draft[]): void {
  const counts = new Map<number, number>()
  const countOf = (id: number): number => counts.get(id) ?? 0
  for (const { to } of all) counts.set(to[0] ?? -1, countOf(to[0] ?? -1) + 1)
  let hasChanged = true
  // Ends: each swap makes the counts more even.
  while (hasChanged) {
    hasChanged = false
    for (const draft of moved) {
      const [leader] = draft.to
      if (leader === undefined) continue
      const next = draft.to.reduce((best, id) => (countOf(id) < countOf(best) ? id : best), leader)
      if (countOf(leader) - countOf(next) < 2) continue
      draft.to = [next, ...draft.to.filter((id) => id !== next)]
      counts.set(leader, countOf(leader) - 1).set(next, countOf(next) + 1)
      hasChanged = true
    }
  }
}
