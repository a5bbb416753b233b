/** What this process tells the controller of itself. */
import type { Uuid } from '../base/index.ts'
import type { RequestOf } from '../controller/index.ts'
import type { LogManager } from '../log/index.ts'
import { securityProtocolIds, supportedFeatures } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import type { BrokerRegistrationRequest } from '../protocol/index.ts'
import type { NodeConfig } from './node-config.ts'

export interface Registration {
  readonly nodeId: number
  readonly clusterId: string
  readonly incarnationId: Uuid
  readonly config: NodeConfig
  /** Bound ports by listener name. */
  readonly ports: ReadonlyMap<string, number>
  readonly logs: LogManager
  readonly image: MetadataImage
}

export function registrationRequest(
  registration: Registration,
): RequestOf<typeof BrokerRegistrationRequest> {
  const { nodeId, clusterId, incarnationId, config, logs } = registration
  const directories = logs.dirs.flatMap(({ directoryId, failure }) =>
    directoryId === null || failure !== null ? [] : [directoryId],
  )
  return {
    brokerId: nodeId,
    clusterId,
    incarnationId,
    listeners: advertisedListeners(registration),
    features: featureRanges(registration.image),
    rack: config.settings.get('broker.rack'),
    isMigratingZkBroker: false,
    logDirs: directories.sort(),
    previousBrokerEpoch: logs.previousBrokerEpoch ?? -1,
  }
}

/** What clients are told. A listener on any free port is told with the port it got, one on all interfaces as localhost. */
function advertisedListeners({ config, ports }: Registration) {
  return config.listeners.advertised.map(({ name, host, port, securityProtocol }) => ({
    name,
    host: host === '' ? 'localhost' : host,
    port: port === 0 ? (ports.get(name) ?? 0) : port,
    securityProtocol: securityProtocolIds[securityProtocol],
  }))
}

/**
 * What this software can work with, and whatever the cluster has finalized besides: a directory of Apache Kafka has features finalized that
 * are not served here; its topics and groups are served all the same.
 */
export function featureRanges(image: MetadataImage) {
  const names = new Set([...supportedFeatures.keys(), ...image.features.levels.keys()])
  return [...names].map((name) => {
    const supported = supportedFeatures.get(name)
    const level = image.features.level(name)
    return {
      name,
      minSupportedVersion: supported?.min ?? 0,
      maxSupportedVersion: Math.max(supported?.max ?? 0, level),
    }
  })
}
