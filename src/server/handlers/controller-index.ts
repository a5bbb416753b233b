import { fetchMetadata } from './01-fetch-metadata.ts'
import { apiVersions } from './18-api-versions.ts'
import { createTopics } from './19-create-topics.ts'
import { deleteTopics } from './20-delete-topics.ts'
import { describeConfigs } from './32-describe-configs.ts'
import { alterConfigsHere } from './33-alter-configs.ts'
import { createPartitions } from './37-create-partitions.ts'
import { electLeaders } from './43-elect-leaders.ts'
import { incrementalAlterConfigsHere } from './44-incremental-alter-configs.ts'
import { alterPartitionReassignments } from './45-alter-partition-reassignments.ts'
import { listPartitionReassignments } from './46-list-partition-reassignments.ts'
import { vote } from './52-vote.ts'
import { beginQuorumEpoch } from './53-begin-quorum-epoch.ts'
import { endQuorumEpoch } from './54-end-quorum-epoch.ts'
import { describeQuorum } from './55-describe-quorum.ts'
import { alterPartition } from './56-alter-partition.ts'
import { updateFeatures } from './57-update-features.ts'
import { envelope } from './58-envelope.ts'
import { fetchSnapshot } from './59-fetch-snapshot.ts'
import { describeControllers } from './60-describe-cluster.ts'
import { registerBroker } from './62-broker-registration.ts'
import { brokerHeartbeat } from './63-broker-heartbeat.ts'
import { unregisterBroker } from './64-unregister-broker.ts'
import { allocateProducerIds } from './67-allocate-producer-ids.ts'
import { registerController } from './70-controller-registration.ts'
import { assignReplicasToDirs } from './73-assign-replicas-to-dirs.ts'
import { addRaftVoter } from './80-add-raft-voter.ts'
import { removeRaftVoter } from './81-remove-raft-voter.ts'
import { updateRaftVoter } from './82-update-raft-voter.ts'
import type { Handler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

/** What brokers may pass on for their clients. */
const forwardable: readonly Handler<ControllerServices>[] = [
  createTopics,
  deleteTopics,
  alterConfigsHere,
  createPartitions,
  electLeaders,
  incrementalAlterConfigsHere,
  alterPartitionReassignments,
  listPartitionReassignments,
  updateFeatures,
  unregisterBroker,
  describeQuorum,
  addRaftVoter,
  removeRaftVoter,
]

/** What is served on the listeners of a controller, by key. */
export const controllerHandlers: readonly Handler<ControllerServices>[] = [
  ...forwardable,
  fetchMetadata,
  vote,
  beginQuorumEpoch,
  endQuorumEpoch,
  fetchSnapshot,
  updateRaftVoter,
  apiVersions,
  describeConfigs,
  alterPartition,
  envelope(forwardable),
  describeControllers,
  registerBroker,
  brokerHeartbeat,
  allocateProducerIds,
  registerController,
  assignReplicasToDirs,
].sort((a, b) => a.api.key - b.api.key)
