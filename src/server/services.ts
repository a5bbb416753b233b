import type { BufferPool } from '../base/index.ts'
import type { ClusterController, RequestInfo } from '../controller/index.ts'
import type { GroupCoordinator } from '../coordinators/groups/index.ts'
import type { Io } from '../io/index.ts'
import type { LogManager } from '../log/index.ts'
import type { BrokerSettings, MetadataImage } from '../metadata/index.ts'
import type {
  AddRaftVoterRequest,
  AddRaftVoterResponse,
  Api,
  DescribeQuorumRequest,
  DescribeQuorumResponse,
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
} from '../protocol/index.ts'
import type { Quorum } from '../quorum/index.ts'
import type { FetchSessions, Partitions } from '../replication/index.ts'
import type { Decoded, Draft } from '../wire/index.ts'
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

/** An address that clients or other nodes connect to. */
export interface ListenerAddress {
  readonly name: string
  /** Empty: all interfaces. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** What the handlers of every node work with, whatever its roles, gathered by the composition root. */
export interface NodeServices {
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
  readonly controller: ClusterController
  readonly quorum: Quorum
  /** The APIs that are served to whom these services are for. */
  readonly served: readonly { readonly api: Api }[]
}

/** What administrators ask of the metadata quorum by way of a broker: passed on to its leader, wherever it is. */
export interface QuorumAdmin {
  describeQuorum(
    request: Decoded<typeof DescribeQuorumRequest>,
    info: RequestInfo,
  ): Promise<Draft<typeof DescribeQuorumResponse>>
  addRaftVoter(
    request: Decoded<typeof AddRaftVoterRequest>,
    info: RequestInfo,
  ): Promise<Draft<typeof AddRaftVoterResponse>>
  removeRaftVoter(
    request: Decoded<typeof RemoveRaftVoterRequest>,
    info: RequestInfo,
  ): Promise<Draft<typeof RemoveRaftVoterResponse>>
}

/** For requests that come in on a broker's listeners. */
export interface Broker extends NodeServices {
  readonly voters: QuorumAdmin
  readonly logs: LogManager
  readonly partitions: Partitions
  readonly fetchSessions: FetchSessions
  readonly producerIds: ProducerIds
  readonly groups: GroupCoordinator
}

/** For requests that come in on a controller's listeners. Its `controller` is the one of this node, active or not. */
export type ControllerServices = NodeServices
