/** The part of a node that serves clients: partitions, groups, listeners, and its membership of the cluster. */
import { randomUuid } from '../base/index.ts'
import { GroupCoordinator } from '../coordinators/groups/index.ts'
import { ShardLogError } from '../coordinators/runtime/index.ts'
import type { ClusterController } from '../controller/index.ts'
import type { Io } from '../io/index.ts'
import { endpointOf } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import { FetchSessions, Partitions } from '../replication/index.ts'
import { NodeConnection, RpcError } from '../rpc/index.ts'
import { handlers, OFFSETS_TOPIC, ProducerIds, registerBrokerMetrics } from '../server/index.ts'
import type { Broker, ListenerAddress, ProducerIdBlock, QuorumAdmin } from '../server/index.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { groupConfig } from './group-settings.ts'
import type { MetadataFollower } from './metadata-follower.ts'
import { httpAddress, serverSettings } from './node-config.ts'
import type { NodeConfig } from './node-config.ts'
import type { NodeCore } from './node-core.ts'
import { PartitionShardLog } from './partition-shard-log.ts'
import { registrationRequest } from './registration.ts'
import type { RemoteController } from './remote-controller.ts'

const CONNECT_MS_MAX = 2_000

/** Resolves with the bound addresses when the broker is registered and unfenced; requests wait until the node serves. */
export async function startBroker(
  core: NodeCore,
  access: ClusterAccess,
): Promise<ListenerAddress[]> {
  const { io, config, identity, logs, metadata, quorum, server, membership, teardown } = core
  const { controller, voters } = access
  const ports = new Map<string, number>()
  const incarnationId = randomUuid((size) => io.entropy.randomBytes(size))
  const lifecycle = new BrokerLifecycle({
    ...io,
    nodeId: identity.nodeId,
    controller,
    metadata,
    registration: () =>
      registrationRequest({
        ...identity,
        incarnationId,
        config,
        ports,
        logs,
        image: metadata.image,
      }),
    offlineDirs: () =>
      logs.dirs.flatMap(({ directoryId, failure }) =>
        directoryId === null || failure === null ? [] : [directoryId],
      ),
    heartbeatIntervalMs: config.settings.get('broker.heartbeat.interval.ms'),
    registrationTimeoutMs: config.settings.get('initial.broker.registration.timeout.ms'),
  })
  membership.lifecycle = lifecycle
  const broker = makeBroker(core, controller, voters, lifecycle)
  teardown.push(() => broker.partitions.close())
  teardown.push(() => broker.groups.close())
  const addresses = clientListeners(config)
  const clients = { listeners: addresses, handlers, services: broker }
  const endpoint = await server.open(clients, { waits: true })
  teardown.push(() => endpoint.close())
  for (const [name, port] of endpoint.ports) ports.set(name, port)

  await quorum.whenCaughtUp()
  await lifecycle.register()
  teardown.push(() => leave(core, lifecycle))
  reportStrays(io, broker.partitions.strays(metadata.image.topics))
  metadata.follow(broker)
  await lifecycle.join()
  metadata.onChange(() => {
    // One that leaves waits until the others have taken its leaderships over, which they tell with their heartbeats.
    const brokers = [...metadata.image.cluster.brokers.values()]
    if (brokers.some((broker) => broker.inControlledShutdown && !broker.fenced)) lifecycle.beat()
  })
  if (httpAddress(config.settings) !== null) registerBrokerMetrics(broker)
  return addresses.map(({ name, host, port }) => ({ name, host, port: ports.get(name) ?? port }))
}

async function leave({ config, quorum }: NodeCore, lifecycle: BrokerLifecycle): Promise<void> {
  const canAsk = quorum.failure === null && config.settings.get('controlled.shutdown.enable')
  if (canAsk) await lifecycle.leave()
  else lifecycle.close()
}

function makeBroker(
  core: NodeCore,
  controller: RemoteController,
  voters: QuorumAdmin,
  lifecycle: BrokerLifecycle,
): Broker {
  const { io, config, identity, logs, metadata, policies, buffers, quorum } = core
  const { nodeId } = identity
  const partitions = new Partitions({
    ...io,
    nodeId,
    logs,
    policyOf: (topic, partition) =>
      policies.of(metadata.image, metadata.settings, topic, partition),
    image: () => metadata.image,
    settings: () => metadata.settings,
    brokerEpoch: () => lifecycle.epoch,
    alterPartition: (request) => controller.alterPartition(request),
    assignReplicasToDirs: (request) => controller.assignReplicasToDirs(request),
    connectTo: (brokerId) => connectTo(core, brokerId),
  })
  return {
    io,
    ...identity,
    buffers,
    get settings() {
      return serverSettings(metadata.settings)
    },
    brokerSettings: () => metadata.settings,
    image: () => metadata.image,
    controller,
    quorum,
    voters,
    served: handlers,
    logs,
    partitions,
    fetchSessions: new FetchSessions(
      config.settings.get('max.incremental.fetch.session.cache.slots'),
    ),
    producerIds: new ProducerIds(() => nextProducerIds(controller, nodeId, lifecycle.epoch)),
    groups: makeGroups(io, config, metadata, partitions),
  }
}

/** Another broker, at its address among brokers. */
function connectTo(
  { io, config, identity, metadata, buffers }: NodeCore,
  id: number,
): Promise<NodeConnection> {
  const broker = metadata.image.cluster.broker(id)
  const endpoint = broker && endpointOf(broker, config.listeners.interBrokerName)
  if (endpoint === undefined) {
    return Promise.reject(
      new RpcError('CLOSED', `Cannot connect to broker ${id}: no address known`),
    )
  }
  return NodeConnection.connect({
    ...io,
    host: endpoint.host,
    port: endpoint.port,
    clientId: `broker-${identity.nodeId}-fetcher`,
    buffers,
    timeoutMs: CONNECT_MS_MAX,
  })
}

/** A block of producer ids, or null when the controller has none now. */
async function nextProducerIds(
  controller: ClusterController,
  brokerId: number,
  brokerEpoch: number,
): Promise<ProducerIdBlock | null> {
  const answer = await controller.allocateProducerIds({ brokerId, brokerEpoch })
  const { errorCode, producerIdStart, producerIdLen } = answer
  return errorCode === 0 ? { firstId: producerIdStart, count: producerIdLen } : null
}

function reportStrays(io: Io, strays: readonly string[]): void {
  if (strays.length === 0) return
  const message = `Left alone ${strays.length} partition directories of topics that do not exist: ${strays.slice(0, 5).join(', ')}`
  io.telemetry.log('warn', 'log.stray', message)
}

function clientListeners({ listeners }: NodeConfig): NodeConfig['listeners']['listeners'] {
  return listeners.listeners.filter(({ name }) => !listeners.controllerNames.includes(name))
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
      if (topic === undefined || partition === undefined) {
        const message = `${OFFSETS_TOPIC}-${index} does not exist`
        throw new ShardLogError(errorCodes.COORDINATOR_NOT_AVAILABLE, message)
      }
      return new PartitionShardLog(() => partitions.get(topic, partition))
    },
    topics: () => metadata.image.topics,
  })
}

/** Kafka numbers the codecs of `offsets.topic.compression.codec` as in batch attributes. */
function codecOfOffsets(id: number): ConstructorParameters<typeof GroupCoordinator>[0]['codec'] {
  return (['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[id] ?? 'uncompressed'
}
