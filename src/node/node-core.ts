import type { BufferPool } from '../base/index.ts'
import type { Controller } from '../controller/index.ts'
import type { Io } from '../io/index.ts'
import type { LogManager } from '../log/index.ts'
import type { Quorum } from '../quorum/index.ts'
import type { KafkaServer } from '../server/index.ts'
import type { BrokerLifecycle } from './broker-lifecycle.ts'
import type { Identity } from './identity.ts'
import type { Leadership } from './leadership.ts'
import type { MetadataFollower } from './metadata-follower.ts'
import type { NodeConfig } from './node-config.ts'
import type { Teardown } from './teardown.ts'
import type { TopicPolicies } from './topic-policies.ts'

/** What the rest of the node knows of its broker, once there is one. */
export interface Membership {
  lifecycle: BrokerLifecycle | null
  onLeaderChange: () => void
}

/** What every node has, whatever its roles. */
export interface NodeCore {
  readonly io: Io
  readonly config: NodeConfig
  readonly identity: Identity
  readonly buffers: BufferPool
  readonly logs: LogManager
  readonly metadata: MetadataFollower
  readonly policies: TopicPolicies
  readonly quorum: Quorum
  /** This node's own controller; never active where the node has not the role. */
  readonly controller: Controller
  readonly leadership: Leadership
  readonly membership: Membership
  readonly server: KafkaServer
  readonly teardown: Teardown
}
