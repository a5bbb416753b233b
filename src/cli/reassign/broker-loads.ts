/** How many replicas each broker would hold, in all and of each topic, and in which rack it stands. */
import type { TopicPartition } from '../client/partitions.ts'

export interface PlanBroker {
  readonly id: number
  /** Brokers without one count as a rack each. */
  readonly rack: string | null
}

/** A partition while it is planned. */
export interface Draft extends TopicPartition {
  readonly from: readonly number[]
  to: number[]
  /** How many replicas it should have. */
  readonly wanted: number
}

export class BrokerLoads {
  readonly #racks: ReadonlyMap<number, string>
  readonly #counts = new Map<number, number>()
  readonly #topicCounts = new Map<string, Map<number, number>>()

  constructor(brokers: readonly PlanBroker[]) {
    // No rack has a name that begins so: Kafka's are not empty.
    this.#racks = new Map(brokers.map(({ id, rack }) => [id, rack ?? `\n${id}`]))
    for (const { id } of brokers) this.#counts.set(id, 0)
  }

  has(id: number): boolean {
    return this.#racks.has(id)
  }

  rackOf(id: number): string {
    return this.#racks.get(id) ?? ''
  }

  count(id: number): number {
    return this.#counts.get(id) ?? 0
  }

  topicCount({ topic }: TopicPartition, id: number): number {
    return this.#topicCounts.get(topic)?.get(id) ?? 0
  }

  /** The brokers, the emptiest first. */
  byLoad(): number[] {
    return [...this.#counts.keys()].sort((a, b) => this.count(a) - this.count(b) || a - b)
  }

  add(draft: TopicPartition, id: number): void {
    this.#change(draft, id, 1)
  }

  /** Puts `to` in the place of `from`. */
  move(draft: Draft, from: number, to: number): void {
    draft.to = draft.to.map((id) => (id === from ? to : id))
    this.#change(draft, from, -1)
    this.#change(draft, to, 1)
  }

  /** The racks that hold no replica of the partition; null: none is left. */
  racksWithout({ to }: Draft): ReadonlySet<string> | null {
    const unused = new Set(this.#racks.values())
    for (const id of to) unused.delete(this.rackOf(id))
    return unused.size === 0 ? null : unused
  }

  /** The replicas that share their rack with another of the partition. */
  crowded({ to }: Draft): number[] {
    return to.filter((id) =>
      to.some((other) => other !== id && this.rackOf(other) === this.rackOf(id)),
    )
  }

  /** Whether the partition would use as many racks as now. */
  keepsRacks({ to }: Draft, from: number, next: number): boolean {
    const rack = this.rackOf(next)
    const rest = to.filter((id) => id !== from).map((id) => this.rackOf(id))
    return !rest.includes(rack) || rest.includes(this.rackOf(from))
  }

  /**
   * The best broker for one more replica of the partition: with the fewest replicas, then the fewest of its topic.
   *
   * @param racks null: any
   */
  leastLoaded(draft: Draft, racks: ReadonlySet<string> | null): number {
    const candidates = [...this.#racks.keys()].filter(
      (id) => !draft.to.includes(id) && (racks === null || racks.has(this.rackOf(id))),
    )
    const better = (a: number, b: number): number =>
      this.count(a) - this.count(b) ||
      this.topicCount(draft, a) - this.topicCount(draft, b) ||
      a - b
    const [best] = candidates.sort(better)
    if (best === undefined)
      throw new RangeError(`Cannot place ${draft.topic}-${draft.partition}: no broker is left`)
    return best
  }

  #change({ topic }: TopicPartition, id: number, by: number): void {
    this.#counts.set(id, this.count(id) + by)
    const counts = this.#topicCounts.get(topic) ?? new Map<number, number>()
    this.#topicCounts.set(topic, counts)
    counts.set(id, (counts.get(id) ?? 0) + by)
  }
}
