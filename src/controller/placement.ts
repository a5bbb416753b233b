/**
 * Where the replicas of new partitions go. The rules are those of Apache Kafka's StripedReplicaPlacer: as many racks as possible,
 * racks in turn, brokers of a rack in turn, each broker at most once in a partition, the leader never a fenced broker, other replicas
 * on unfenced brokers of their rack first. The start is random, so that small topics do not all begin at the same broker; the order is
 * shuffled anew after each round, so that the replicas of one broker do not always lie on the same other one.
 */
import { present } from '../base/index.ts'

export interface UsableBroker {
  readonly id: number
  /** null: no rack; brokers without one count as one rack of their own. */
  readonly rack: string | null
  readonly fenced: boolean
}

export type Placement =
  | { readonly ok: true; readonly assignments: readonly (readonly number[])[] }
  | { readonly ok: false; readonly message: string }

/**
 * Places `partitionCount` partitions with `replicationFactor` replicas each.
 *
 * @param random the Entropy seam's number in [0, 1)
 * @returns broker ids per partition, the preferred leader first; or why it cannot be done
 */
export function placeReplicas(
  brokers: readonly UsableBroker[],
  partitionCount: number,
  replicationFactor: number,
  random: () => number,
): Placement {
  if (!brokers.some(({ fenced }) => !fenced)) {
    return { ok: false, message: 'All brokers are currently fenced.' }
  }
  if (replicationFactor > brokers.length) {
    return {
      ok: false,
      message:
        `The target replication factor of ${replicationFactor} cannot be reached because only ` +
        `${brokers.length} broker(s) are registered.`,
    }
  }
  const racks = makeRacks(brokers, random)
  const leaders = racks.filter((rack) => rack.leading.length > 0)
  const start = Math.floor(random() * leaders.length)
  const assignments: number[][] = []
  for (let i = 0; i < partitionCount; i++) {
    const first = leaders[(start + i) % leaders.length] as Rack
    assignments.push(placeOne(racks, first, replicationFactor, random))
  }
  return { ok: true, assignments }
}

/** Leading has a turn of its own, so that it is spread evenly whatever the other replicas do. */
interface Rack {
  readonly leading: Turn
  readonly unfenced: Turn
  readonly fenced: Turn
}

/** The brokers of a rack in shuffled order, each taken once before any is taken again. */
interface Turn {
  readonly length: number
  ids: number[]
  next: number
}

function makeRacks(brokers: readonly UsableBroker[], random: () => number): Rack[] {
  const byRack = new Map<string | null, UsableBroker[]>()
  for (const broker of brokers) {
    const members = byRack.get(broker.rack)
    if (members === undefined) byRack.set(broker.rack, [broker])
    else members.push(broker)
  }
  const racks = [...byRack.values()].map((members) => {
    const unfenced = members.filter(({ fenced }) => !fenced)
    return {
      leading: makeTurn(unfenced, random),
      unfenced: makeTurn(unfenced, random),
      fenced: makeTurn(
        members.filter(({ fenced }) => fenced),
        random,
      ),
    }
  })
  return shuffle(racks, random)
}

function makeTurn(brokers: readonly UsableBroker[], random: () => number): Turn {
  const ids = shuffle(
    brokers.map(({ id }) => id),
    random,
  )
  return { length: ids.length, ids, next: 0 }
}

/** One partition: the leader from `first`, the others from the following racks, one per rack and round. */
function placeOne(
  racks: readonly Rack[],
  first: Rack,
  replicationFactor: number,
  random: () => number,
): number[] {
  const replicas = [present(take(first.leading, [], random), 'The first rack has a broker')]
  const start = racks.indexOf(first) + 1
  for (let i = 0; replicas.length < replicationFactor; i++) {
    const rack = racks[(start + i) % racks.length] as Rack
    const id = take(rack.unfenced, replicas, random) ?? take(rack.fenced, replicas, random)
    if (id !== null) replicas.push(id)
  }
  return replicas
}

/** The next broker in turn that is not in `taken`, or null when all are. */
function take(turn: Turn, taken: readonly number[], random: () => number): number | null {
  for (let i = 0; i < turn.length; i++) {
    const at = (turn.next + i) % turn.length
    const id = turn.ids[at] as number
    if (taken.includes(id)) continue
    // The taken one changes places with the skipped one, which stays next in turn.
    turn.ids[at] = turn.ids[turn.next] as number
    turn.ids[turn.next] = id
    turn.next += 1
    if (turn.next === turn.length) {
      turn.ids = shuffle(turn.ids, random)
      turn.next = 0
    }
    return id
  }
  return null
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const moved = shuffled[i] as T
    shuffled[i] = shuffled[j] as T
    shuffled[j] = moved
  }
  return shuffled
}
