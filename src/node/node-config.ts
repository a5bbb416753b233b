/**
 * A node's configuration, read and checked. A mistake stops the start with the key, the value and what is allowed.
 */
import { resolve } from 'node:path'
import { ZERO_UUID } from '../base/index.ts'
import { checkBrokerConfigs, planListeners } from '../metadata/index.ts'
import type { BrokerSettings, ListenerPlan } from '../metadata/index.ts'
import type { HostPort, Voter, VoterEndpoint, VoterSet } from '../quorum/index.ts'
import type { ServerSettings } from '../server/index.ts'
import { ConfigError, mergeProperties } from './server-properties.ts'
import type { PropertySource } from './server-properties.ts'

export interface NodeConfig {
  readonly settings: BrokerSettings
  /** What was set, as text. */
  readonly properties: ReadonlyMap<string, string>
  readonly listeners: ListenerPlan
  /** `log.dirs`, absolute. */
  readonly logDirs: readonly string[]
  readonly metadataLogDir: string
  /** Null: not configured; the log dirs know it, or it is 1. */
  readonly nodeId: number | null
  /**
   * True when nothing was said of roles and voters: then the node is a cluster of its own and formats itself. A configured node must be
   * formatted by hand: a controller that comes back with an empty disk must never vote as if it were new.
   */
  readonly standsAlone: boolean
  /** `process.roles`; a node that stands alone has both. */
  readonly isBroker: boolean
  readonly isController: boolean
  /** `controller.quorum.voters`; counts only while the metadata log has no voters of its own. */
  readonly staticVoters: VoterSet
  /** `controller.quorum.bootstrap.servers` */
  readonly bootstrapServers: readonly HostPort[]
  /** This node's controller listeners, as other nodes reach them. */
  readonly controllerEndpoints: readonly VoterEndpoint[]
  /** For the log, one line each. */
  readonly warnings: readonly string[]
}

const CLUSTER_KEYS = [
  'process.roles',
  'controller.quorum.voters',
  'controller.quorum.bootstrap.servers',
]

/** What a node that is a cluster of its own cannot have otherwise: one replica of everything. */
const ALONE: ReadonlyMap<string, string> = new Map([
  ['offsets.topic.replication.factor', '1'],
  ['transaction.state.log.replication.factor', '1'],
  ['transaction.state.log.min.isr', '1'],
])

/** Throws {@link ConfigError} that names every mistake. */
export function readNodeConfig(sources: readonly PropertySource[]): NodeConfig {
  const given = mergeProperties(sources)
  const standsAlone = !CLUSTER_KEYS.some((key) => given.has(key))
  const properties = standsAlone ? new Map([...ALONE, ...given]) : given
  const { settings, errors, warnings } = checkBrokerConfigs(properties)
  if (errors.length > 0) {
    throw new ConfigError(errors.map(({ message }) => message).join('\n'))
  }
  const roles = settings.get('process.roles') ?? ['broker', 'controller']
  const [isBroker, isController] = [roles.includes('broker'), roles.includes('controller')]
  const { plan } = planListeners(settings)
  const insecure = plan.listeners.find(({ securityProtocol }) => securityProtocol !== 'PLAINTEXT')
  if (insecure !== undefined) {
    throw new ConfigError(
      `Cannot open listener ${insecure.name}: ${insecure.securityProtocol} is not served by this version, only PLAINTEXT`,
    )
  }
  const authorizer = settings.get('authorizer.class.name')
  if (authorizer !== null && authorizer !== '') {
    throw new ConfigError(
      `Cannot set authorizer.class.name: found '${authorizer}', but this version has no authorizer, and would let everybody do everything`,
    )
  }
  // It is opened last, but a mistake in it must be known before anything is written.
  httpAddress(settings)
  const logDirs = [
    ...new Set((settings.get('log.dirs') ?? settings.get('log.dir')).map((dir) => resolve(dir))),
  ]
  const metadataLogDir = settings.get('metadata.log.dir')
  const nodeId = settings.get('node.id') ?? settings.get('broker.id')
  const staticVoters = settings.get('controller.quorum.voters').map((text) => readVoter(text, plan))
  const bootstrapServers = settings.get('controller.quorum.bootstrap.servers').map(readServer)
  const ownVoter = staticVoters.find(({ id }) => id === nodeId)
  if (!standsAlone) checkQuorum({ nodeId, isController, staticVoters, bootstrapServers, plan })
  return {
    settings,
    properties,
    listeners: plan,
    logDirs,
    metadataLogDir: metadataLogDir === null ? (logDirs[0] as string) : resolve(metadataLogDir),
    nodeId: nodeId < 0 ? null : nodeId,
    standsAlone,
    isBroker,
    isController,
    staticVoters,
    bootstrapServers,
    controllerEndpoints: standsAlone
      ? []
      : controllerEndpoints(plan, ownVoter?.endpoints[0]?.host ?? 'localhost'),
    warnings: warnings.map(({ message }) => message),
  }
}

/** Reads `id@host:port`. Throws {@link ConfigError}. */
function readVoter(text: string, { controllerNames }: ListenerPlan): Voter {
  const match = /^(\d+)@(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text.trim())
  if (match === null) {
    throw new ConfigError(
      `Cannot set controller.quorum.voters: found '${text}', wanted id@host:port`,
    )
  }
  const [, id, host = '', port] = match
  return {
    id: Number(id),
    directoryId: ZERO_UUID, // A static voter is known by its id alone.
    endpoints: [
      {
        name: controllerNames[0] ?? 'CONTROLLER',
        host: host.replace(/^\[|\]$/g, ''),
        port: Number(port),
      },
    ],
    kraftVersionMin: 0,
    kraftVersionMax: 0,
  }
}

/** Reads `host:port`. Throws {@link ConfigError}. */
function readServer(text: string): HostPort {
  const match = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text.trim())
  if (match === null) {
    throw new ConfigError(
      `Cannot set controller.quorum.bootstrap.servers: found '${text}', wanted host:port`,
    )
  }
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) }
}

interface QuorumFacts {
  readonly nodeId: number
  readonly isController: boolean
  readonly staticVoters: VoterSet
  readonly bootstrapServers: readonly HostPort[]
  readonly plan: ListenerPlan
}

/** What a node of a cluster must say of its quorum. Throws {@link ConfigError}. */
function checkQuorum(facts: QuorumFacts): void {
  const { nodeId, isController, staticVoters, bootstrapServers, plan } = facts
  if (staticVoters.length === 0 && bootstrapServers.length === 0) {
    throw new ConfigError(
      'Cannot start a node of a cluster: wanted controller.quorum.bootstrap.servers or controller.quorum.voters, found neither',
    )
  }
  const isStaticVoter = staticVoters.some(({ id }) => id === nodeId)
  if (staticVoters.length > 0 && isController !== isStaticVoter) {
    const wanted = isController ? `node.id ${nodeId} among` : `no broker (${nodeId}) among`
    throw new ConfigError(
      `Cannot set controller.quorum.voters: found ${staticVoters.map(({ id }) => id).join(', ')}, wanted ${wanted} them`,
    )
  }
  if (plan.controllerNames.length === 0) {
    throw new ConfigError(
      'Cannot start a node of a cluster without controller.listener.names: brokers talk to the controllers through the first of them',
    )
  }
  const own = plan.listeners.filter(({ name }) => plan.controllerNames.includes(name))
  if (isController === own.length > 0) return
  const problem = isController ? 'has none of' : 'has the role broker alone, and must not have'
  throw new ConfigError(
    `Cannot set listeners: this node ${problem} the controller listeners ${plan.controllerNames.join(', ')}`,
  )
}

/** @param ownHost where neither `advertised.listeners` nor `listeners` names one */
export function controllerEndpoints(plan: ListenerPlan, ownHost: string): VoterEndpoint[] {
  return plan.controllers.map(({ name, host, port }) => ({
    name,
    host: host === '' ? ownHost : host,
    port,
  }))
}

const knownServerSettings = new WeakMap<BrokerSettings, ServerSettings>()

/** What the server reads by itself, often: the same object for the same settings. */
export function serverSettings(settings: BrokerSettings): ServerSettings {
  const known = knownServerSettings.get(settings)
  if (known !== undefined) return known
  const requestMemory = settings.get('queued.max.request.bytes')
  const perHostMax = settings.get('max.connections.per.ip')
  const perHostOverrides = connectionOverrides(settings)
  const made: ServerSettings = {
    autoCreateTopics: settings.get('auto.create.topics.enable'),
    fetchBytesMax: settings.get('fetch.max.bytes'),
    describedPartitionsMax: settings.get('max.request.partition.size.limit'),
    requestBytesMax: settings.get('socket.request.max.bytes'),
    requestMemoryBytesMax: requestMemory < 0 ? Infinity : requestMemory,
    connectionsMax: settings.get('max.connections'),
    connectionsPerHostMax: (host) => perHostOverrides.get(host) ?? perHostMax,
    connectionsIdleMsMax: settings.get('connections.max.idle.ms'),
  }
  knownServerSettings.set(settings, made)
  return made
}

/**
 * Reads `max.connections.per.ip.overrides`: `address:number` pairs, an IPv6 address in brackets. Names of hosts are not looked up. A pair of another form is
 * left out: the cluster may have set it.
 */
function connectionOverrides(settings: BrokerSettings): ReadonlyMap<string, number> {
  const pairs = settings.get('max.connections.per.ip.overrides').split(',')
  const overrides = new Map<string, number>()
  for (const pair of pairs) {
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(pair.trim())
    if (match !== null) overrides.set(match[1] ?? match[2] ?? '', Number(match[3]))
  }
  return overrides
}

/** Reads `host:port` of `http.listener`; null: switched off. Throws {@link ConfigError}. */
export function httpAddress(settings: BrokerSettings): { host: string; port: number } | null {
  const text = settings.get('http.listener')
  if (text === null || text.trim() === '') return null
  const match = /^(\[[^\]]+\]|[^:]*):(\d+)$/.exec(text.trim())
  const port = Number(match?.[2] ?? -1)
  if (match === null || port > 65_535) {
    throw new ConfigError(
      `Cannot set http.listener: found '${text}', wanted host:port, or nothing to switch it off`,
    )
  }
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port }
}
