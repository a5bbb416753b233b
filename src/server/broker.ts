import type { Controller } from '../controller/index.ts'
import type { GroupCoordinator } from '../coordinators/groups/index.ts'
import type { Io } from '../io/index.ts'
import type { LogManager } from '../log/index.ts'
import type { BrokerSettings, MetadataImage } from '../metadata/index.ts'
import type { FetchSessions, Partitions } from '../replication/index.ts'
import type { Handler } from './handler.ts'
import type { ProducerIds } from './producer-ids.ts'

/** What the handlers work with: everything a running node has, gathered by the composition root. */
export interface Broker {
  readonly io: Io
  readonly nodeId: number
  readonly clusterId: string
  readonly settings: BrokerSettings
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
