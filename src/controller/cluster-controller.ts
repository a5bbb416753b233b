/**
 * What brokers and admin clients ask of the cluster's controller. {@link Controller} implements it on the node that leads the metadata
 * quorum; elsewhere a stand-in asks that node over the network. A node that does not lead answers NOT_CONTROLLER (41), in the way that
 * each response has for it.
 */
import type {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
  AlterConfigsRequest,
  AlterConfigsResponse,
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  AlterPartitionRequest,
  AlterPartitionResponse,
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
  BrokerHeartbeatRequest,
  BrokerHeartbeatResponse,
  BrokerRegistrationRequest,
  BrokerRegistrationResponse,
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  ElectLeadersRequest,
  ElectLeadersResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
  UnregisterBrokerRequest,
  UnregisterBrokerResponse,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../protocol/index.ts'
import type { RequestInfo, RequestOf, ResponseOf } from './decision.ts'

export interface ClusterController {
  createTopics(
    request: RequestOf<typeof CreateTopicsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof CreateTopicsResponse>>

  deleteTopics(
    request: RequestOf<typeof DeleteTopicsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof DeleteTopicsResponse>>

  createPartitions(
    request: RequestOf<typeof CreatePartitionsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof CreatePartitionsResponse>>

  alterConfigs(
    request: RequestOf<typeof AlterConfigsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof AlterConfigsResponse>>

  incrementalAlterConfigs(
    request: RequestOf<typeof IncrementalAlterConfigsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof IncrementalAlterConfigsResponse>>

  electLeaders(
    request: RequestOf<typeof ElectLeadersRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof ElectLeadersResponse>>

  alterPartitionReassignments(
    request: RequestOf<typeof AlterPartitionReassignmentsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof AlterPartitionReassignmentsResponse>>

  listPartitionReassignments(
    request: RequestOf<typeof ListPartitionReassignmentsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof ListPartitionReassignmentsResponse>>

  updateFeatures(
    request: RequestOf<typeof UpdateFeaturesRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof UpdateFeaturesResponse>>

  unregisterBroker(
    request: RequestOf<typeof UnregisterBrokerRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof UnregisterBrokerResponse>>

  // What nodes ask for themselves.

  registerBroker(
    request: RequestOf<typeof BrokerRegistrationRequest>,
  ): Promise<ResponseOf<typeof BrokerRegistrationResponse>>

  brokerHeartbeat(
    request: RequestOf<typeof BrokerHeartbeatRequest>,
  ): Promise<ResponseOf<typeof BrokerHeartbeatResponse>>

  alterPartition(
    request: RequestOf<typeof AlterPartitionRequest>,
  ): Promise<ResponseOf<typeof AlterPartitionResponse>>

  allocateProducerIds(
    request: RequestOf<typeof AllocateProducerIdsRequest>,
  ): Promise<ResponseOf<typeof AllocateProducerIdsResponse>>

  assignReplicasToDirs(
    request: RequestOf<typeof AssignReplicasToDirsRequest>,
  ): Promise<ResponseOf<typeof AssignReplicasToDirsResponse>>

  registerController(
    request: RequestOf<typeof ControllerRegistrationRequest>,
  ): Promise<ResponseOf<typeof ControllerRegistrationResponse>>

  /**
   * Makes sure that a topic exists: one of the cluster's own, or one that a client named where it may be created by itself. Resolves with
   * an error code; 0 also when it was there already.
   */
  ensureTopic(name: string): Promise<number>
}
