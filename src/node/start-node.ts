/**
 * The composition root: configuration in, running node out. Everything is built here, in this order, and nowhere else:
 *
 *     configuration → identity → log dirs → metadata quorum → controller → partitions, groups → listeners → registration → serving
 *
 * A single node is a quorum of one and a cluster of one, on the code path of a larger one.
 */
import { BufferPool, randomUuid } from '../base/index.ts'
import { Controller } from '../controller/index.ts'
import { GroupCoordinator } from '../coordinators/groups/index.ts'
import { serveHttp } from '../io/index.ts'
import type { HttpServer, Io } from '../io/index.ts'
import { LogManager } from '../log/index.ts'
import { openMetadataLog, Quorum, readBootstrapRecords } from '../quorum/index.ts'
import { FetchSessions, Partitions } from '../replication/index.ts'
import {
  handlers,
  KafkaServer,
  loadAdminHttp,
  OFFSETS_TOPIC,
  ProducerIds,
  registerBrokerMetrics,
} from '../server/index.ts'
import type { Broker } from '../server/index.ts'
import { allocateProducerIds, registerThisBroker } from './broker-lifecycle.ts'
import { groupConfig } from './group-settings.ts'
import { establishIdentity } from './identity.ts'
import type { Identity } from './identity.ts'
import { MetadataFollower } from './metadata-follower.ts'
import { httpAddress, readNodeConfig, serverSettings } from './node-config.ts'
import type { NodeConfig } from './node-config.ts'
import { PartitionShardLog } from './partition-shard-log.ts'
import type { RunningNode } from './running-node.ts'
import type { PropertySource } from './server-properties.ts'
import { Teardown } from './teardown.ts'
import { TopicPolicies } from './topic-policies.ts'

/** Memory of frames and answers that waits for its next use, at most. */
const REUSED_BYTES_MAX = 32 * 1024 * 1024

/**
 * Starts a node; resolves when it serves clients.
 *
 * @throws ConfigError, LogError (`LOCKED`: another process has the log dirs), QuorumError, NetworkError, DiskError
 */
export async function startNode(io: Io, sources: readonly PropertySource[]): Promise<RunningNode> {
  const startedMs = io.clock.monotonicMs()
  const config = readNodeConfig(sources)
  for (const warning of config.warnings) io.telemetry.log('warn', 'config.ignored', warning)
  const teardown = new Teardown()
  try {
    return await assemble(io, config, teardown, startedMs)
  } catch (error) {
    // What keeps the node from starting is what matters, not what goes wrong after it.
    await teardown.run().catch(() => {})
    throw error
  }
}

async function assemble(
  io: Io,
  config: NodeConfig,
  teardown: Teardown,
  startedMs: number,
): Promise<RunningNode> {
  const identity = await establishIdentity(io, config)
  const brokerEpoch = { current: -1 }
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<Error>((resolve) => (fail = resolve))

  const metadata = new MetadataFollower(identity.nodeId, config.settings)
  const policies = new TopicPolicies()
  const logs = await openLogs(io, config, identity, metadata, policies, fail)
  teardown.push(() => logs.close({ brokerEpoch: brokerEpoch.current }))
  const quorum = await startQuorum(io, config, identity, logs, metadata, fail)
  teardown.push(() => quorum.close())
  const controller = await Controller.activate(io, quorum, metadata, {
    ...identity,
    broker: config.settings,
    bootstrap: readBootstrapRecords(io.disk, config.metadataLogDir),
  })
  teardown.push(async () => {
    const isRegistered = brokerEpoch.current >= 0
    if (isRegistered && quorum.failure === null)
      await controller.beginControlledShutdown(identity.nodeId, brokerEpoch.current)
  })

  const partitions = new Partitions({
    nodeId: identity.nodeId,
    logs,
    policyOf: (topic, partition) =>
      policies.of(metadata.image, metadata.settings, topic, partition),
  })
  const groups = makeGroups(io, config, metadata, partitions)
  teardown.push(() => groups.close())
  const broker: Broker = {
    io,
    ...identity,
    buffers: new BufferPool(REUSED_BYTES_MAX),
    get settings() {
      return serverSettings(metadata.settings)
    },
    brokerSettings: () => metadata.settings,
    image: () => metadata.image,
    controller,
    logs,
    partitions,
    fetchSessions: new FetchSessions(
      config.settings.get('max.incremental.fetch.session.cache.slots'),
    ),
    producerIds: new ProducerIds(() =>
      allocateProducerIds(controller, identity.nodeId, brokerEpoch.current),
    ),
    groups,
    quorum,
    served: handlers,
  }
  const server = new KafkaServer(broker)
  teardown.push(() => server.close())
  const clients = { listeners: clientListeners(config), handlers, services: broker }
  const ports = await server.open(clients, { waits: true })
  brokerEpoch.current = await registerThisBroker(controller, {
    ...identity,
    config,
    ports,
    logs,
    image: metadata.image,
    incarnationId: randomUuid((size) => io.entropy.randomBytes(size)),
  })
  reportStrays(io, partitions.strays(metadata.image.topics))
  metadata.follow({ partitions, groups })
  server.serve()
  const startedInMs = io.clock.monotonicMs() - startedMs

  let isStopping = false
  const http = await openHttp(io, broker, config, () => !isStopping && quorum.failure === null)
  teardown.push(() => http?.close())
  return {
    ...identity,
    kafka: clientListeners(config).map(({ name, host, port }) => ({
      name,
      host,
      port: ports.get(name) ?? port,
    })),
    http,
    logDirs: config.logDirs,
    startedInMs,
    failed,
    async stop() {
      isStopping = true
      await teardown.run()
    },
  }
}

function reportStrays(io: Io, strays: readonly string[]): void {
  if (strays.length === 0) return
  const message = `Left alone ${strays.length} partition directories of topics that do not exist: ${strays.slice(0, 5).join(', ')}`
  io.telemetry.log('warn', 'log.stray', message)
}

function clientListeners({ listeners }: NodeConfig): NodeConfig['listeners']['listeners'] {
  return listeners.listeners.filter(({ name }) => !listeners.controllerNames.includes(name))
}

function openLogs(
  io: Io,
  config: NodeConfig,
  identity: Identity,
  metadata: MetadataFollower,
  policies: TopicPolicies,
  fail: (error: Error) => void,
): Promise<LogManager> {
  const alone = { replicas: [identity.nodeId] }
  const failed = new Set<string>()
  return LogManager.open(io, {
    dirs: [...new Set([...config.logDirs, config.metadataLogDir])],
    ...identity,
    format: false,
    configOf: (topic) => {
      const partition = metadata.image.topics.byName(topic)?.partitions[0] ?? alone
      return policies.of(metadata.image, metadata.settings, topic, partition).log
    },
    retentionCheckIntervalMs: config.settings.get('log.retention.check.interval.ms'),
    producerExpirationMs: config.settings.get('producer.id.expiration.ms'),
    onDirFailure: (dir, error) => {
      io.telemetry.log(
        'error',
        'log.dir.failed',
        `Log directory ${dir.path} failed and is offline: ${error.message}`,
      )
      failed.add(dir.path)
      if (config.logDirs.every((path) => failed.has(path))) fail(error)
    },
  })
}

function startQuorum(
  io: Io,
  config: NodeConfig,
  identity: Identity,
  logs: LogManager,
  metadata: MetadataFollower,
  fail: (error: Error) => void,
): Promise<Quorum> {
  const { settings } = config
  const directoryId = logs.dirs.find(({ path }) => path === config.metadataLogDir)?.directoryId
  const log = openMetadataLog(logs, config.metadataLogDir, {
    segmentBytes: settings.get('metadata.log.segment.bytes'),
    segmentMs: settings.get('metadata.log.segment.ms'),
  })
  return Quorum.start(io, log, metadata, {
    nodeId: identity.nodeId,
    directoryId: directoryId ?? '',
    staticVoters: config.staticVoters,
    endpoints: [],
    retention: {
      snapshotAfterBytes: settings.get('metadata.log.max.record.bytes.between.snapshots'),
      retainedBytes: settings.get('metadata.max.retention.bytes'),
    },
    onFailure: fail,
  })
}

function makeGroups(
  io: Io,
  config: NodeConfig,
  metadata: MetadataFollower,
  partitions: Partitions,
): GroupCoordinator {
  const { settings } = config
  return new GroupCoordinator({
    clock: io.clock,
    entropy: io.entropy,
    telemetry: io.telemetry,
    config: groupConfig(settings),
    commitTimeoutMs: settings.get('offsets.commit.timeout.ms'),
    codec: codecOfOffsets(settings.get('offsets.topic.compression.codec')),
    partitionCount: () =>
      metadata.image.topics.byName(OFFSETS_TOPIC)?.partitions.length ??
      settings.get('offsets.topic.num.partitions'),
    openLog: (index) => {
      const topic = metadata.image.topics.byName(OFFSETS_TOPIC)
      const partition = topic?.partitions[index]
      if (topic === undefined || partition === undefined)
        throw new Error(`${OFFSETS_TOPIC}-${index} does not exist`)
      return new PartitionShardLog(() => partitions.get(topic, partition))
    },
    topics: () => metadata.image.topics,
  })
}

/** Kafka numbers the codecs of `offsets.topic.compression.codec` as in batch attributes. */
function codecOfOffsets(id: number): ConstructorParameters<typeof GroupCoordinator>[0]['codec'] {
  return (['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[id] ?? 'uncompressed'
}

async function openHttp(
  io: Io,
  broker: Broker,
  config: NodeConfig,
  isAlive: () => boolean,
): Promise<HttpServer | null> {
  const address = httpAddress(config.settings)
  if (address === null) return null
  registerBrokerMetrics(broker)
  const health = (): { isReady: boolean; reason: string | null } => {
    const isReady = isAlive() && broker.logs.dirs.some(({ failure }) => failure === null)
    return { isReady, reason: isReady ? null : 'stopping, or its log directories failed' }
  }
  return serveHttp(address, async () => {
    const { adminHttp } = await loadAdminHttp()
    return adminHttp(io.telemetry.metrics, health)
  })
}
