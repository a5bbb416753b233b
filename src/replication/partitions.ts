/**
 * The partitions that this node has replicas of, following the metadata image. A partition that it leads comes to life at first use, so that ten
 * thousand idle ones cost next to nothing; one that it follows at once.
 */
import { ZERO_UUID } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Clock, Telemetry, Timer } from '../io/index.ts'
import { LogError } from '../log/index.ts'
import type { LogManager, PartitionLog } from '../log/index.ts'
import type {
  BrokerSettings,
  MetadataDelta,
  MetadataImage,
  PartitionImage,
  TopicImage,
  TopicsImage,
} from '../metadata/index.ts'
import type { NodeConnection } from '../rpc/index.ts'
import { DirectoryAssignments } from './directories-driver.ts'
import { Fetchers } from './fetchers.ts'
import { IsrChanges } from './isr-driver.ts'
import type { LeaderEnv } from './leader.ts'
import type {
  AlteredPartition,
  AlterPartition,
  AssignedReplicas,
  AssignReplicas,
} from './messages.ts'
import { Partition } from './partition.ts'
import type { TopicPolicy } from './policy.ts'
import { isThrottledReplica, ReplicationThrottle } from './throttle.ts'

export interface PartitionsOptions {
  readonly nodeId: number
  readonly logs: LogManager
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The policy of a topic in the newest image, for a partition with these replicas. */
  policyOf(topic: string, partition: PartitionImage): TopicPolicy
  /** The newest committed metadata. */
  image(): MetadataImage
  settings(): BrokerSettings
  /** Of this broker's registration; -1 before it. */
  brokerEpoch(): number
  /** Asks the controller for a change of in-sync sets. */
  alterPartition(request: AlterPartition): Promise<AlteredPartition>
  /** Tells the controller in which log directories replicas lie. */
  assignReplicasToDirs(request: AssignReplicas): Promise<AssignedReplicas>
  /** A new connection to another broker, which the caller keeps and closes. Rejects with NetworkError or RpcError. */
  connectTo(brokerId: number): Promise<NodeConnection>
}

export class Partitions {
  readonly #options: PartitionsOptions
  readonly #byTopic = new Map<Uuid, Map<number, Partition>>()
  readonly #fetchers: Fetchers
  readonly #isrChanges: IsrChanges
  readonly #directories: DirectoryAssignments
  readonly #leaderEnv: LeaderEnv
  /** Logs that were there before their topic was. */
  #strays: ReadonlySet<PartitionLog> = new Set()
  #timer: Timer | null = null
  #isClosed = false

  constructor(options: PartitionsOptions) {
    const { nodeId, clock, telemetry } = options
    this.#options = options
    this.#fetchers = new Fetchers({
      nodeId,
      clock,
      telemetry,
      settings: () => fetcherSettings(options.settings()),
      brokerEpoch: () => options.brokerEpoch(),
      connectTo: (brokerId) => options.connectTo(brokerId),
      throttle: new ReplicationThrottle(() =>
        options.settings().get('follower.replication.throttled.rate'),
      ),
      onGivenUp: () => {},
    })
    this.#isrChanges = new IsrChanges(options)
    this.#directories = new DirectoryAssignments(options)
    this.#leaderEnv = {
      nodeId,
      clock,
      brokers: {
        epochOf: (id) => options.image().cluster.broker(id)?.epoch ?? null,
        isActive: (id) => options.image().cluster.isActive(id),
      },
      throttle: new ReplicationThrottle(() =>
        options.settings().get('leader.replication.throttled.rate'),
      ),
      lagMsMax: () => options.settings().get('replica.lag.time.max.ms'),
      propose: (leader, proposal) => this.#isrChanges.propose(leader, proposal),
    }
    this.#scheduleCheck()
  }

  /** Those that are in use, in no particular order. */
  *active(): Generator<Partition> {
    for (const partitions of this.#byTopic.values()) yield* partitions.values()
  }

  /** Changes of in-sync sets that this node's leaders have brought about. */
  get isrCounts(): IsrChanges['counts'] {
    return this.#isrChanges.counts
  }

  /** The partition, of which this node must have a replica according to the image. Throws LogError when its log dir is offline. */
  get(topic: TopicImage, image: PartitionImage): Partition {
    return this.#byTopic.get(topic.id)?.get(image.index) ?? this.#open(topic, image)
  }

  /** The partition, if this node follows its leader right now. By the topic's id, or by its name when the id is the zero one. */
  followed(topicId: Uuid, name: string, index: number): Partition | null {
    const id = topicId === ZERO_UUID ? this.#options.image().topics.byName(name)?.id : topicId
    const partition = id === undefined ? undefined : this.#byTopic.get(id)?.get(index)
    return partition?.follower?.isReady === true ? partition : null
  }

  /** Names of the logs on disk that belong to no topic of the image: what a crash in the middle of a deletion leaves. They are left alone. */
  strays(topics: TopicsImage): string[] {
    const strays = [...this.#options.logs.list()].filter(
      ({ topic, partition }) => topics.byName(topic)?.partitions[partition] === undefined,
    )
    this.#strays = new Set(strays)
    return strays.map(({ topic, partition }) => `${topic}-${partition}`)
  }

  /** Begins to follow where the image says so. Changes come by {@link apply} from now on. */
  start(image: MetadataImage): void {
    for (const topic of image.topics) {
      for (const partition of topic.partitions) this.#refresh(topic, partition)
    }
  }

  /** Follows a change of the metadata: new leaders, replicas, epochs and configurations, topics that are gone. */
  apply(delta: MetadataDelta): void {
    for (const topic of delta.topics.removed) this.#remove(topic)
    for (const { topic, partition, before } of delta.topics.partitions) {
      this.#refresh(topic, partition, before)
    }
    for (const { name } of delta.configs) {
      // The empty name is the default of all brokers, which every topic may inherit from.
      const topics = name === '' ? delta.image.topics : [delta.image.topics.byName(name)]
      for (const topic of topics) if (topic !== undefined) this.#reconfigure(topic)
    }
    this.#fetchers.prune()
  }

  /** Stops fetching and asking, and gives up leadership. Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#isrChanges.close()
    this.#directories.close()
    const closing = Array.from(this.active(), (partition) => partition.close())
    await Promise.all([this.#fetchers.close(), ...closing])
  }

  #scheduleCheck(): void {
    const intervalMs = this.#leaderEnv.lagMsMax() / 2
    this.#timer = this.#options.clock.after(intervalMs, () => {
      for (const partition of this.active()) {
        if (partition.isUsable) partition.leader?.checkIsr()
      }
      this.#openMissing()
      if (!this.#isClosed) this.#scheduleCheck()
    })
  }

  /** What could not be opened may be by now; and who follows a leader that nobody has used yet is watched like others. */
  #openMissing(): void {
    for (const topic of this.#options.image().topics) {
      const known = this.#byTopic.get(topic.id)
      for (const image of topic.partitions) {
        const isOthers = image.replicas.length > 1 && image.replicas.includes(this.#options.nodeId)
        if (!isOthers || image.leader < 0 || known?.has(image.index) === true) continue
        const log = this.#options.logs.get(topic.name, image.index)
        // Off the loop; the next time it is there.
        if (log?.loaded === false) log.load().catch(() => {})
        else this.#tryOpen(topic, image)
      }
    }
  }

  #reconfigure(topic: TopicImage): void {
    for (const [index, partition] of this.#byTopic.get(topic.id) ?? []) {
      const image = topic.partitions[index]
      // The log dir of one that cannot be used has failed for good, and whoever waited was told.
      if (image === undefined || !partition.isUsable) continue
      const policy = this.#options.policyOf(topic.name, image)
      partition.log.configure(policy.log)
      partition.configure(policy)
      this.#assign(partition, image, policy)
    }
  }

  #refresh(topic: TopicImage, image: PartitionImage, before?: PartitionImage): void {
    const { nodeId } = this.#options
    const partition = this.#byTopic.get(topic.id)?.get(image.index)
    if (!image.replicas.includes(nodeId)) {
      if (partition !== undefined || before?.replicas.includes(nodeId) === true) {
        this.#leave(topic, image.index)
      }
      return
    }
    if (partition === undefined) {
      if (image.leader !== nodeId && image.leader >= 0) this.#tryOpen(topic, image)
      return
    }
    if (!partition.isUsable) return
    const policy = this.#options.policyOf(topic.name, image)
    partition.log.configure(policy.log)
    this.#assign(partition, image, policy)
  }

  #tryOpen(topic: TopicImage, image: PartitionImage): void {
    try {
      this.#open(topic, image)
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      const name = `${topic.name}-${image.index}`
      const message = `Cannot open ${name}: ${error.message}`
      this.#options.telemetry.log('error', 'replica.open.failed', message, { partition: name })
    }
  }

  #open(topic: TopicImage, image: PartitionImage): Partition {
    const { logs } = this.#options
    const policy = this.#options.policyOf(topic.name, image)
    let log = logs.get(topic.name, image.index)
    if (log !== null && (this.#strays.has(log) || !log.claim(topic.id))) {
      // Of a topic that had this name before: its deletion did not get so far (KIP-516).
      logs.delete(topic.name, image.index)
      log = null
    }
    log ??= logs.create(topic.name, image.index, topic.id, policy.log)
    log.configure(policy.log)
    const partition = new Partition(log, topic.id, policy)
    this.#assign(partition, image, policy)
    const partitions = this.#byTopic.get(topic.id) ?? new Map<number, Partition>()
    this.#byTopic.set(topic.id, partitions)
    partitions.set(image.index, partition)
    return partition
  }

  #assign(partition: Partition, image: PartitionImage, policy: TopicPolicy): void {
    const { nodeId, telemetry } = this.#options
    const { leader, leaderEpoch } = image
    this.#setThrottles(partition)
    this.#noteDirectory(partition, image)
    if (leader === nodeId) partition.lead(image, policy, this.#leaderEnv)
    else if (leader < 0) partition.stand(leaderEpoch)
    else {
      const { flushBeforeAck } = policy.log
      const options = { leaderId: leader, leaderEpoch, flushBeforeAck, telemetry }
      partition.follow(options, policy, (follower) => this.#fetchers.add(follower))
    }
  }

  #noteDirectory({ topicId, index, log }: Partition, image: PartitionImage): void {
    const { nodeId, logs } = this.#options
    const dir = logs.dirs.find(({ path }) => path === log.logDir)
    const recorded = image.directories[image.replicas.indexOf(nodeId)]
    const directoryId = dir?.failure === null ? dir.directoryId : null
    if (directoryId === null || directoryId === recorded) return
    this.#directories.note(topicId, index, directoryId)
  }

  #setThrottles({ replica }: Partition): void {
    const { nodeId } = this.#options
    const { configs } = this.#options.image()
    const ofTopic = configs.ofTopic(replica.topic)
    for (const [role, key] of THROTTLED_KEYS) {
      replica.throttled[role] = isThrottledReplica(ofTopic.get(key), replica.index, nodeId)
    }
  }

  #remove(topic: TopicImage): void {
    for (const { index } of topic.partitions) this.#leave(topic, index)
    this.#byTopic.delete(topic.id)
  }

  /** This node has no replica of the partition any more. */
  #leave(topic: TopicImage, index: number): void {
    const partitions = this.#byTopic.get(topic.id)
    const partition = partitions?.get(index)
    partitions?.delete(index)
    const closing = partition?.close() ?? null
    if (closing === null) this.#deleteLog(topic, index)
    else void closing.then(() => this.#deleteLog(topic, index))
  }

  #deleteLog({ name, id }: TopicImage, index: number): void {
    const { logs } = this.#options
    try {
      if (logs.get(name, index)?.belongsTo(id) === true) logs.delete(name, index)
    } catch (error) {
      // The log dir has failed, and has said so. What lies there is a stray for the next start.
      if (!(error instanceof LogError)) throw error
    }
  }
}

const THROTTLED_KEYS = [
  ['asLeader', 'leader.replication.throttled.replicas'],
  ['asFollower', 'follower.replication.throttled.replicas'],
] as const

function fetcherSettings(settings: BrokerSettings): {
  waitMsMax: number
  bytesMin: number
  partitionBytesMax: number
  responseBytesMax: number
  backoffMs: number
  timeoutMs: number
} {
  return {
    waitMsMax: settings.get('replica.fetch.wait.max.ms'),
    bytesMin: settings.get('replica.fetch.min.bytes'),
    partitionBytesMax: settings.get('replica.fetch.max.bytes'),
    responseBytesMax: settings.get('replica.fetch.response.max.bytes'),
    backoffMs: settings.get('replica.fetch.backoff.ms'),
    timeoutMs: settings.get('replica.socket.timeout.ms'),
  }
}
