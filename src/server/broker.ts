import type { BufferPool } from '../base/index.ts'
import type { Controller } from '../controller/index.ts'
import type { GroupCoordinator } from '../coordinators/groups/index.ts'
import type { Io } from '../io/index.ts'
import type { LogManager } from '../log/index.ts'
import type { BrokerSettings, MetadataImage } from '../metadata/index.ts'
import type { FetchSessions, Partitions } from '../replication/index.ts'
import type { Handler } from './handler.ts'
import type { ProducerIds } from './producer-ids.ts'

/** The broker configuration that the server reads by itself; Kafka's keys are named beside each. */
export interface ServerSettings {
  /** `auto.create.topics.enable` */
  readonly autoCreateTopics: boolean
  /** `fetch.max.bytes` */
  readonly fetchBytesMax: number
  /** `max.request.partition.size.limit` */
  readonly describedPartitionsMax: number
  /** `socket.request.max.bytes` */
  readonly requestBytesMax: number
  /** `queued.max.request.bytes` */
  readonly requestMemoryBytesMax: number
  /** `max.connections` */
  readonly connectionsMax: number
  /** `max.connections.per.ip` and its overrides */
  connectionsPerHostMax(host: string): number
  /** `connections.max.idle.ms` */
  readonly connectionsIdleMsMax: number
}

/** An address that clients connect to. */
export interface ListenerAddress {
  readonly name: string
  /** Empty: all interfaces. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** What the handlers work with: everything a running node has, gathered by the composition root. */
export interface Broker {
  readonly io: Io
  /** Memory for large frames and for what is read from logs. */
  readonly buffers: BufferPool
  readonly nodeId: number
  readonly clusterId: string
  /** Kafka's keys, as they are set right now, for describing them. */
  brokerSettings(): BrokerSettings
  /** As they are set right now. */
  readonly settings: ServerSettings
  /** The newest committed metadata. Take it once per request. */
  image(): MetadataImage
  readonly controller: Controller
  readonly logs: LogManager
  readonly partitions: Partitions
  readonly fetchSessions: FetchSessions
  readonly producerIds: ProducerIds
  readonly groups: GroupCoordinator
  /** The APIs that are served. */
  readonly handlers: readonly Handler[]
}
