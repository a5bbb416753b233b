import type { GroupCoordinator } from '../coordinators/groups/index.ts'
import type { Telemetry } from '../io/index.ts'
import { configResourceTypes, MetadataLoader } from '../metadata/index.ts'
import type {
  BrokerSettings,
  CommittedBatch,
  MetadataDelta,
  MetadataImage,
  MetadataRecord,
  Provenance,
} from '../metadata/index.ts'
import type { MetadataListener } from '../quorum/index.ts'
import type { Partitions } from '../replication/index.ts'
import { OFFSETS_TOPIC } from '../server/index.ts'
import { reportChange } from './cluster-events.ts'

/** The rooms that act on changed metadata. */
export interface Followers {
  readonly partitions: Partitions
  readonly groups: GroupCoordinator
}

/**
 * Folds the committed metadata log and tells the rooms of the broker what changed. Until {@link follow} only the image is kept: at start the
 * whole log is read before anybody acts on it.
 */
export class MetadataFollower implements MetadataListener {
  readonly #loader = new MetadataLoader()
  readonly #nodeId: number
  readonly #telemetry: Telemetry
  readonly #fixed: BrokerSettings
  #settings: BrokerSettings
  #followers: Followers | null = null
  readonly #waiting = new Set<() => void>()

  /** @param settings the node's own configuration; what the cluster sets is laid over it */
  constructor(nodeId: number, settings: BrokerSettings, telemetry: Telemetry) {
    this.#telemetry = telemetry
    this.#nodeId = nodeId
    this.#fixed = settings
    this.#settings = settings
  }

  get image(): MetadataImage {
    return this.#loader.image
  }

  get offsetLast(): number {
    return this.#loader.offsetLast
  }

  /** The node's configuration with what the cluster has set for it. */
  get settings(): BrokerSettings {
    return this.#settings
  }

  /** Resolves when the image is as wanted. */
  when(isAsWanted: (image: MetadataImage) => boolean): Promise<void> {
    if (isAsWanted(this.image)) return Promise.resolve()
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isAsWanted(this.image)) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }

  /** Calls `look` after every change of the image, for as long as the node runs. */
  onChange(look: () => void): void {
    this.#waiting.add(look)
  }

  load(batches: readonly CommittedBatch[]): void {
    const delta = this.#loader.load(batches)
    if (delta !== null) this.#apply(delta)
  }

  loadSnapshot(records: Iterable<MetadataRecord>, provenance: Provenance): void {
    this.#apply(this.#loader.loadSnapshot(records, provenance))
  }

  /** From now on the rooms are told of every change; of the coordinator's partitions at once. */
  follow(followers: Followers): void {
    this.#followers = followers
    followers.partitions.start(this.image)
    for (const { index, leader, leaderEpoch } of this.image.topics.byName(OFFSETS_TOPIC)
      ?.partitions ?? []) {
      if (leader === this.#nodeId) followers.groups.onElected(index, leaderEpoch)
    }
  }

  #apply(delta: MetadataDelta): void {
    this.#tellFollowers(delta)
    for (const look of this.#waiting) look()
  }

  #tellFollowers(delta: MetadataDelta): void {
    const touchesBrokers = delta.configs.some(({ type }) => type === configResourceTypes.BROKER)
    if (touchesBrokers || delta.before.provenance.offsetLast < 0) {
      const { configs } = delta.image
      this.#settings = this.#fixed.withDynamic(
        configs.ofBroker(this.#nodeId),
        configs.ofDefaultBroker(),
      )
    }
    if (this.#followers === null) return
    reportChange(delta, this.#telemetry)
    const { partitions, groups } = this.#followers
    partitions.apply(delta)
    for (const { topic, partition } of delta.topics.partitions) {
      if (topic.name !== OFFSETS_TOPIC) continue
      if (partition.leader === this.#nodeId)
        groups.onElected(partition.index, partition.leaderEpoch)
      else groups.onResigned(partition.index)
    }
    for (const topic of delta.topics.removed) {
      if (topic.name !== OFFSETS_TOPIC) continue
      for (const { index } of topic.partitions) groups.onResigned(index)
    }
    const removed = delta.topics.removed.filter(({ name }) => name !== OFFSETS_TOPIC)
    if (removed.length > 0)
      groups.onTopicsDeleted(removed.map(({ name, id }) => ({ name, topicId: id })))
  }
}
