import type { Uuid } from '../../src/base/index.ts'
import { CommittedOffset, GROUPS } from './group-shadow.ts'
import { IdempotentProducer } from './idempotent-producer.ts'
import { PartitionShadow } from './partition-shadow.ts'
import type { FlushMode } from './profile.ts'
import { Violation } from '../violation.ts'

const PRODUCERS = 3

/**
 * One topic as the administrator knows it. unsure: a request to create or delete it got no answer. Its name is only ever touched by one request at
 * a time.
 */
export interface TopicShadow {
  readonly name: string
  state: 'absent' | 'present' | 'unsure'
  /** The last one known; produce and fetch name it. */
  incarnation: Incarnation | null
  isBusy: boolean
  /** Of the creation that got no answer. */
  attempted: ReadonlyMap<string, string>
  /** A creation got no answer: it may be carried out at any time. */
  mayComeLate: boolean
}

/** A topic between its creation and its deletion. */
export interface Incarnation {
  readonly name: string
  readonly id: Uuid
  readonly partitions: readonly PartitionShadow[]
  /** Somebody asked for its deletion. */
  mayBeGone: boolean
  /** It was deleted. */
  isGone: boolean
  readonly configs: Map<string, string>
  /** False: several creations were tried, and nobody knows which one it was. */
  readonly hasSureConfigs: boolean
  /** By group and partition. */
  readonly committed: ReadonlyMap<string, readonly CommittedOffset[]>
}

/** What the node must hold. */
export class Shadow {
  readonly flush: FlushMode
  readonly topics: TopicShadow[]
  /** Faults of the disk may be answered by errors. */
  mayFailStorage = false
  /** The node's clock may be far from that of its clients. */
  mayJumpClocks = false
  readonly producers: readonly IdempotentProducer[]
  readonly #producerIds = new Set<number>()
  /** Somebody asked for the coordinator, which makes the topic of the offsets. */
  hasCoordinator = false
  #nextBatchId = 1
  #nextCommit = 1

  constructor(flush: FlushMode, names: readonly string[]) {
    this.flush = flush
    this.topics = names.map((name) => ({
      name,
      state: 'absent',
      incarnation: null,
      isBusy: false,
      attempted: new Map(),
      mayComeLate: false,
    }))
    this.producers = Array.from({ length: PRODUCERS }, () => new IdempotentProducer())
  }

  newBatchId(): number {
    return this.#nextBatchId++
  }

  /** An offset to commit that nobody has committed before. */
  newCommit(): number {
    return this.#nextCommit++
  }

  /** A producer was given this id. */
  claimProducerId(id: number): void {
    if (this.#producerIds.has(id)) {
      throw new Violation('producer id', `${id} was given to two producers`)
    }
    this.#producerIds.add(id)
  }

  incarnations(): Incarnation[] {
    return this.topics.flatMap(({ incarnation }) => (incarnation === null ? [] : [incarnation]))
  }

  /** Those that are there for sure. */
  present(): Incarnation[] {
    return this.topics.flatMap(({ state, incarnation }) =>
      state === 'present' && incarnation !== null && !incarnation.mayBeGone ? [incarnation] : [],
    )
  }

  incarnate(
    name: string,
    id: Uuid,
    partitionCount: number,
    configs: ReadonlyMap<string, string>,
    hasSureConfigs = true,
  ): Incarnation {
    const partitions = Array.from({ length: partitionCount }, (_, index) => {
      const partition = new PartitionShadow(`${name}-${index} (${id})`, this.flush)
      const isRetained = configs.has('retention.bytes') || configs.has('retention.ms')
      if (isRetained || !hasSureConfigs) partition.startMax = Infinity
      return partition
    })
    const offsetsOf = (group: string): CommittedOffset[] =>
      partitions.map((partition) => new CommittedOffset(`${group} on ${partition.name}`))
    return {
      name,
      id,
      partitions,
      mayBeGone: false,
      isGone: false,
      configs: new Map(configs),
      hasSureConfigs,
      committed: new Map(GROUPS.map((group) => [group, offsetsOf(group)])),
    }
  }

  /** The topic is not there. */
  gone(topic: TopicShadow): void {
    const { incarnation } = topic
    if (incarnation !== null) {
      if (!incarnation.mayBeGone) {
        throw new Violation('lost topic', `${topic.name} is gone, and nobody deleted it`)
      }
      incarnation.isGone = true
    }
    topic.state = 'absent'
    topic.incarnation = null
  }

  /** The topic is there. */
  found(topic: TopicShadow, id: Uuid, partitionCount: number): void {
    topic.state = 'present'
    if (topic.incarnation?.id === id) return
    if (topic.incarnation !== null) this.gone(topic)
    topic.state = 'present'
    const { name, attempted, mayComeLate } = topic
    topic.incarnation = this.incarnate(name, id, partitionCount, attempted, !mayComeLate)
  }

  /** The page cache was lost, or some of it. */
  mayHaveLostTails(): void {
    for (const { partitions, committed } of this.incarnations()) {
      for (const partition of partitions) partition.mayHaveLostTail = true
      if (this.flush.kind === 'beforeAck') continue
      for (const offsets of committed.values()) for (const one of offsets) one.mayBeOlder = true
    }
  }

  /** The node stopped in order. */
  settled(): void {
    for (const { partitions } of this.incarnations()) {
      for (const partition of partitions) partition.settled()
    }
  }
}
