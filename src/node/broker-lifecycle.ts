/** This broker's dealings with the controller: registration, unfencing, producer ids. */
import { assert } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Controller } from '../controller/index.ts'
import type { LogManager } from '../log/index.ts'
import { securityProtocolIds, supportedFeatures } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorName } from '../protocol/index.ts'
import type { ProducerIdBlock } from '../server/index.ts'
import type { NodeConfig } from './node-config.ts'
import { ConfigError } from './server-properties.ts'

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

/** Registers this process and takes part; resolves with the broker epoch. Throws ConfigError when the controller refuses. */
export async function registerThisBroker(
  controller: Controller,
  registration: Registration,
): Promise<number> {
  const { nodeId, clusterId, incarnationId, config, logs } = registration
  const directories = logs.dirs.flatMap(({ directoryId, failure }) =>
    directoryId === null || failure !== null ? [] : [directoryId],
  )
  const { errorCode, brokerEpoch = -1 } = await controller.registerBroker({
    brokerId: nodeId,
    clusterId,
    incarnationId,
    listeners: advertisedListeners(registration),
    features: featureRanges(registration.image),
    rack: config.settings.get('broker.rack'),
    isMigratingZkBroker: false,
    logDirs: directories.sort(),
    previousBrokerEpoch: logs.previousBrokerEpoch ?? -1,
  })
  if (errorCode !== 0)
    throw new ConfigError(`Cannot register node ${nodeId}: ${errorName(errorCode)}`)
  const unfenced = await controller.unfenceBroker(nodeId, brokerEpoch)
  assert(
    unfenced.errorCode === 0,
    `The controller refused to unfence its own broker: ${errorName(unfenced.errorCode)}`,
  )
  return brokerEpoch
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
function featureRanges(image: MetadataImage) {
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

/** A block of producer ids, or null when the controller has none now. */
export async function allocateProducerIds(
  controller: Controller,
  brokerId: number,
  brokerEpoch: number,
): Promise<ProducerIdBlock | null> {
  const answer = await controller.allocateProducerIds({ brokerId, brokerEpoch })
  const { errorCode, producerIdStart, producerIdLen } = answer
  return errorCode === 0 ? { firstId: producerIdStart, count: producerIdLen } : null
}
