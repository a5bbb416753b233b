/**
 * The composition root: configuration in, running node out. Everything is built here and in `start-broker.ts`, in this order, and nowhere else:
 *
 *     configuration → identity → log dirs → metadata quorum → controller → controller's listener
 *       → partitions, groups → brokers' listeners → registration → unfenced → serving
 *
 * A node has the role of a controller, of a broker, or both. A single node is a quorum of one and a cluster of one, on the code path of a larger one.
 */
import { BufferPool, randomUuid } from '../base/index.ts'
import { Controller } from '../controller/index.ts'
import type { Io } from '../io/index.ts'
import { serveHttp } from '../io/index.ts'
import type { HttpServer } from '../io/index.ts'
import { readBootstrapRecords } from '../quorum/index.ts'
import { controllerHandlers, KafkaServer, loadAdminHttp } from '../server/index.ts'
import type { NodeServices } from '../server/index.ts'
import { BrokerWatch } from './broker-watch.ts'
import { openClusterAccess } from './cluster-access.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { ControllerRegistration } from './controller-registration.ts'
import { EventLog } from './event-log.ts'
import { establishIdentity } from './identity.ts'
import { Leadership } from './leadership.ts'
import { MetadataFollower } from './metadata-follower.ts'
import { startQuorum } from './metadata-quorum.ts'
import { httpAddress, readNodeConfig, serverSettings } from './node-config.ts'
import type { NodeConfig } from './node-config.ts'
import type { Membership, NodeCore } from './node-core.ts'
import { openLogs } from './open-logs.ts'
import type { RunningNode } from './running-node.ts'
import type { PropertySource } from './server-properties.ts'
import { startBroker } from './start-broker.ts'
import { Teardown } from './teardown.ts'
import { TopicPolicies } from './topic-policies.ts'

/** Memory of frames and answers that waits for its next use, at most. */
const REUSED_BYTES_MAX = 32 * 1024 * 1024

/**
 * Starts a node; resolves when it serves clients, or, as a controller alone, knows the metadata.
 *
 * @throws ConfigError, LogError (`LOCKED`: another process has the log dirs), QuorumError, NetworkError, DiskError
 */
export async function startNode(
  { telemetry, ...seams }: Io,
  sources: readonly PropertySource[],
): Promise<RunningNode> {
  const events = new EventLog(seams.clock)
  const io: Io = { ...seams, telemetry: events.over(telemetry) }
  const startedMs = io.clock.monotonicMs()
  const config = readNodeConfig(sources)
  for (const warning of config.warnings) io.telemetry.log('warn', 'config.ignored', warning)
  const teardown = new Teardown()
  try {
    return await assemble(io, config, teardown, events, startedMs)
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
  events: EventLog,
  startedMs: number,
): Promise<RunningNode> {
  const failed = Promise.withResolvers<Error>()
  const core = await startCore(io, config, teardown, failed.resolve)
  const { identity, quorum, logs } = core
  const access = openClusterAccess(core)
  registerAsController(core, access)
  const started = config.isBroker ? startBroker(core, access) : quorum.whenCaughtUp().then(() => [])
  const kafka = await unlessFailed(started, failed.promise)
  core.server.serve()
  const startedInMs = io.clock.monotonicMs() - startedMs

  let isStopping = false
  const isAlive = (): boolean =>
    !isStopping && quorum.failure === null && logs.dirs.some(({ failure }) => failure === null)
  const http = await openHttp(io, config, events, isAlive)
  teardown.push(() => http?.close())
  return {
    ...identity,
    kafka,
    http,
    logDirs: config.logDirs,
    startedInMs,
    failed: failed.promise,
    async stop() {
      isStopping = true
      await teardown.run()
    },
  }
}

/** What a start waits for may never come once the log dirs or the quorum have failed. */
function unlessFailed<T>(work: Promise<T>, failed: Promise<Error>): Promise<T> {
  return Promise.race([
    work,
    failed.then((error): never => {
      throw error
    }),
  ])
}

/** Everything but the broker. */
async function startCore(
  io: Io,
  config: NodeConfig,
  teardown: Teardown,
  onFailure: (error: Error) => void,
): Promise<NodeCore> {
  const identity = await establishIdentity(io, config)
  const metadata = new MetadataFollower(identity.nodeId, config.settings, io.telemetry)
  const policies = new TopicPolicies()
  const leadership = new Leadership()
  const membership: Membership = { lifecycle: null, onLeaderChange: () => {} }
  const logs = await openLogs(io, {
    config,
    identity,
    metadata,
    policies,
    onDirFailure: () => membership.lifecycle?.beat(),
    onFailure,
  })
  teardown.push(() => logs.close({ brokerEpoch: membership.lifecycle?.epoch ?? -1 }))
  const shared = { config, identity, logs, metadata, leadership, onFailure }
  const quorum = await startQuorum(io, shared)
  teardown.push(() => quorum.close())
  const controller = new Controller(io, quorum, metadata, {
    ...identity,
    broker: config.settings,
    bootstrap: readBootstrapRecords(io.disk, config.metadataLogDir),
  })
  teardown.push(() => controller.resign())
  const buffers = new BufferPool(REUSED_BYTES_MAX)
  const services: NodeServices = {
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
    served: controllerHandlers,
  }
  const server = new KafkaServer(services)
  const core: NodeCore = {
    io,
    buffers,
    policies,
    controller,
    server,
    teardown,
    membership,
    quorum,
    ...shared,
  }
  const watch = brokerWatch(core)
  leadership.follow((change) => {
    if (change.isSelf) lead(core, watch, change.epoch)
    else {
      watch.end()
      controller.resign()
    }
    membership.onLeaderChange()
  })
  if (config.isController) await openControllerListeners(core, services)
  return core
}

/** Nobody waits for it, and a node that stands alone need not tell anybody. */
function registerAsController(core: NodeCore, { controller }: ClusterAccess): void {
  const { io, config, identity, metadata, teardown } = core
  if (!config.isController || config.standsAlone) return
  const registration = new ControllerRegistration({
    ...io,
    nodeId: identity.nodeId,
    incarnationId: randomUuid((size) => io.entropy.randomBytes(size)),
    endpoints: config.controllerEndpoints,
    controller,
    metadata,
  })
  registration.start()
  teardown.push(() => registration.close())
}

function lead({ controller, metadata }: NodeCore, watch: BrokerWatch, epoch: number): void {
  controller.lead(epoch)
  watch.begin(metadata.image)
}

function brokerWatch({
  io,
  config,
  identity,
  controller,
  metadata,
  teardown,
}: NodeCore): BrokerWatch {
  const watch = new BrokerWatch({
    ...io,
    nodeId: identity.nodeId,
    listenerName: config.listeners.interBrokerName,
    onDead: (id, epoch) => controller.brokerUnreachable(id, epoch),
  })
  teardown.push(() => watch.end())
  metadata.onChange(() => watch.update(metadata.image))
  return watch
}

/** From now on other nodes can ask this one, and it may lead. */
async function openControllerListeners(
  { config, server, teardown }: NodeCore,
  services: NodeServices,
): Promise<void> {
  const { listeners, controllerNames } = config.listeners
  const own = listeners.filter(({ name }) => controllerNames.includes(name))
  const endpoint = await server.open(
    { listeners: own, handlers: controllerHandlers, services },
    { waits: false },
  )
  teardown.push(() => endpoint.close())
}

async function openHttp(
  io: Io,
  config: NodeConfig,
  events: EventLog,
  isAlive: () => boolean,
): Promise<HttpServer | null> {
  const address = httpAddress(config.settings)
  if (address === null) return null
  const health = (): { isReady: boolean; reason: string | null } => {
    const isReady = isAlive()
    return { isReady, reason: isReady ? null : 'stopping, or its log directories failed' }
  }
  return serveHttp(address, async () => {
    const { adminHttp } = await loadAdminHttp()
    const { metrics } = io.telemetry
    return adminHttp({ metrics, health, events: (after) => events.since(after) })
  })
}
