/**
 * The partitions that this node holds, following the metadata image. A partition's object and log come to life at first use, so that ten
 * thousand idle ones cost next to nothing.
 */
import type { Uuid } from '../base/index.ts'
import { LogError } from '../log/index.ts'
import type { LogConfig, LogManager, PartitionLog } from '../log/index.ts'
import type { MetadataDelta, PartitionImage, TopicImage, TopicsImage } from '../metadata/index.ts'
import { Partition } from './partition.ts'
import type { TopicProduceRules } from './partition.ts'

/** A topic's configuration as the rooms below need it. */
export interface TopicPolicy {
  readonly log: LogConfig
  readonly produceRules: TopicProduceRules
  readonly minInsyncReplicas: number
}

export interface PartitionsOptions {
  readonly nodeId: number
  readonly logs: LogManager
  /** The policy of a topic in the newest image, for a partition with these replicas. */
  policyOf(topic: string, partition: PartitionImage): TopicPolicy
}

export class Partitions {
  readonly #options: PartitionsOptions
  readonly #byTopic = new Map<Uuid, Map<number, Partition>>()
  /** Logs that were there before their topic was. */
  #strays: ReadonlySet<PartitionLog> = new Set()

  constructor(options: PartitionsOptions) {
    this.#options = options
  }

  /** Those that are in use, in no particular order. */
  *active(): Generator<Partition> {
    for (const partitions of this.#byTopic.values()) yield* partitions.values()
  }

  /** The partition, which this node must lead according to the image. Throws LogError when its log dir is offline. */
  get(topic: TopicImage, image: PartitionImage): Partition {
    let partitions = this.#byTopic.get(topic.id)
    if (partitions === undefined) {
      partitions = new Map()
      this.#byTopic.set(topic.id, partitions)
    }
    let partition = partitions.get(image.index)
    if (partition === undefined) {
      partition = this.#open(topic, image)
      partitions.set(image.index, partition)
    }
    return partition
  }

  /** Names of the logs on disk that belong to no topic of the image: what a crash in the middle of a deletion leaves. They are left alone. */
  strays(topics: TopicsImage): string[] {
    const strays = [...this.#options.logs.list()].filter(
      ({ topic, partition }) => topics.byName(topic)?.partitions[partition] === undefined,
    )
    this.#strays = new Set(strays)
    return strays.map(({ topic, partition }) => `${topic}-${partition}`)
  }

  /** Follows a change of the metadata: new epochs, new configurations, topics that are gone. */
  apply(delta: MetadataDelta): void {
    for (const topic of delta.topics.removed) this.#remove(topic)
    for (const { topic, partition } of delta.topics.partitions) this.#refresh(topic, partition)
    for (const { name } of delta.configs) {
      // The empty name is the default of all brokers, which every topic may inherit from.
      const topics = name === '' ? delta.image.topics : [delta.image.topics.byName(name)]
      for (const topic of topics) if (topic !== undefined) this.#refreshTopic(topic)
    }
  }

  #refreshTopic(topic: TopicImage): void {
    for (const index of this.#byTopic.get(topic.id)?.keys() ?? []) {
      const image = topic.partitions[index]
      if (image !== undefined) this.#refresh(topic, image)
    }
  }

  #refresh(topic: TopicImage, image: PartitionImage): void {
    const partition = this.#byTopic.get(topic.id)?.get(image.index)
    if (partition === undefined) return
    // The log dir has failed for good, and whoever waited was told.
    if (!partition.isUsable) return
    const policy = this.#options.policyOf(topic.name, image)
    partition.log.configure(policy.log)
    partition.reassign(assignmentOf(image, policy))
  }

  #open(topic: TopicImage, image: PartitionImage): Partition {
    const { logs } = this.#options
    const policy = this.#options.policyOf(topic.name, image)
    let log = logs.get(topic.name, image.index)
    if (log !== null && (this.#strays.has(log) || !log.belongsTo(topic.id))) {
      // Of a topic that had this name before: its deletion did not get so far (KIP-516).
      logs.delete(topic.name, image.index)
      log = null
    }
    log ??= logs.create(topic.name, image.index, topic.id, policy.log)
    log.configure(policy.log)
    return new Partition(log, topic.id, assignmentOf(image, policy))
  }

  #remove(topic: TopicImage): void {
    const partitions = this.#byTopic.get(topic.id)
    this.#byTopic.delete(topic.id)
    for (const partition of partitions?.values() ?? []) partition.close()
    for (const { index } of topic.partitions) this.#deleteLog(topic, index)
  }

  #deleteLog({ name }: TopicImage, index: number): void {
    try {
      this.#options.logs.delete(name, index)
    } catch (error) {
      // The log dir has failed, and has said so. What lies there is a stray for the next start.
      if (!(error instanceof LogError)) throw error
    }
  }
}

function assignmentOf(image: PartitionImage, policy: TopicPolicy): Partition['assignment'] {
  return {
    leaderEpoch: image.leaderEpoch,
    isrCount: image.isr.length,
    minInsyncReplicas: policy.minInsyncReplicas,
    flushBeforeAck: policy.log.flushBeforeAck,
    produceRules: policy.produceRules,
  }
}
