import type { Uuid } from '../../src/base/index.ts'
import type { MetadataResponse } from '../../src/protocol/index.ts'
import type { Decoded } from '../../src/wire/index.ts'
import { CommittedOffset, GROUPS } from '../storage/group-shadow.ts'
import { PartitionShadow } from '../storage/partition-shadow.ts'
import { Violation } from '../violation.ts'
import { Producer } from './producer.ts'

const PRODUCERS = 3

/** Who leads, as the newest news have it. */
export interface Leadership {
  leaderId: number
  leaderEpoch: number
  replicas: readonly number[]
}

export interface TopicShadow {
  readonly name: string
  readonly partitionCount: number
  /** Null: it is not known to exist. */
  id: Uuid | null
  readonly partitions: readonly PartitionShadow[]
  readonly leaderships: readonly Leadership[]
  /** By group and partition. */
  readonly committed: ReadonlyMap<string, readonly CommittedOffset[]>
  isBusy: boolean
}

/** One partition of a topic that exists. */
export interface Target {
  readonly topic: TopicShadow
  readonly id: Uuid
  readonly partition: PartitionShadow
  readonly index: number
  readonly leadership: Leadership
}

/** What the cluster must hold, and what its clients know of it. */
export class ClusterShadow {
  readonly topics: readonly TopicShadow[]
  producers: readonly Producer[]
  readonly nodeIds: readonly number[]
  /** By group; null: to be asked for. */
  readonly coordinators = new Map<string, number | null>(GROUPS.map((group) => [group, null]))
  readonly #leaders = new Map<string, number>()
  readonly #producerIds = new Set<number>()
  #nextBatchId = 1
  #nextCommit = 1

  constructor(topics: ReadonlyMap<string, number>, nodeIds: readonly number[]) {
    this.nodeIds = nodeIds
    this.topics = [...topics].map(([name, partitionCount]) => shadowOf(name, partitionCount))
    this.producers = Array.from({ length: PRODUCERS }, () => new Producer())
  }

  newBatchId(): number {
    return this.#nextBatchId++
  }

  /** An offset to commit that nobody has committed before. */
  newCommit(): number {
    return this.#nextCommit++
  }

  claimProducerId(id: number): void {
    if (this.#producerIds.has(id)) {
      throw new Violation('producer id', `${id} was given to two producers`)
    }
    this.#producerIds.add(id)
  }

  /** The same with this producer alone, to settle what it has open. */
  withProducer(producer: Producer): ClusterShadow {
    const view = Object.create(this) as ClusterShadow
    view.producers = [producer]
    return view
  }

  /** Partitions of topics that exist. */
  targets(): Target[] {
    return this.topics.flatMap((topic) => {
      const { id, partitions, leaderships } = topic
      if (id === null) return []
      return partitions.map((partition, index) => {
        return { topic, id, partition, index, leadership: leaderships[index] as Leadership }
      })
    })
  }

  /** Enters what a node says of the topics. Old news change nothing, but must not contradict what is known. */
  learn(answer: Decoded<typeof MetadataResponse>): void {
    for (const found of answer.topics) {
      const topic = this.topics.find(({ name }) => name === found.name)
      if (topic === undefined || found.errorCode !== 0) continue
      if (topic.id !== null && topic.id !== found.topicId) {
        throw new Violation('lost topic', `${topic.name} was ${topic.id} and is ${found.topicId}`)
      }
      topic.id = found.topicId
      for (const partition of found.partitions) this.#learn(topic, partition)
    }
  }

  #learn(
    topic: TopicShadow,
    found: Decoded<typeof MetadataResponse>['topics'][number]['partitions'][number],
  ): void {
    const { partitionIndex, leaderId, leaderEpoch, replicaNodes } = found
    const leadership = topic.leaderships[partitionIndex]
    if (leadership === undefined) return
    if (leaderId >= 0) {
      const key = `${topic.name}-${partitionIndex} in epoch ${leaderEpoch}`
      const other = this.#leaders.get(key) ?? leaderId
      if (other !== leaderId) {
        throw new Violation('two leaders', `${key}: ${other} and ${leaderId}`)
      }
      this.#leaders.set(key, leaderId)
    }
    if (leaderEpoch < leadership.leaderEpoch) return
    leadership.leaderId = leaderId
    leadership.leaderEpoch = leaderEpoch
    leadership.replicas = replicaNodes
  }
}

function shadowOf(name: string, partitionCount: number): TopicShadow {
  const each = <T>(make: (index: number) => T): T[] =>
    Array.from({ length: partitionCount }, (_, index) => make(index))
  const committed = new Map(
    GROUPS.map((group) => [
      group,
      each((index) => new CommittedOffset(`${group} on ${name}-${index}`)),
    ]),
  )
  return {
    name,
    partitionCount,
    id: null,
    // Every fault of the profile leaves what was acknowledged with acks=all: see profile.ts.
    partitions: each(
      (index) => new PartitionShadow(`${name}-${index}`, { kind: 'beforeAck', explicit: true }),
    ),
    leaderships: each(() => ({ leaderId: -1, leaderEpoch: -1, replicas: [] })),
    committed,
    isBusy: false,
  }
}
