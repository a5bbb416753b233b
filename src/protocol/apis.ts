/**
 * Every API of the protocol, by key: its messages, its versions, and where Kafka serves it.
 *
 * The versions come from the messages; only two APIs say something else than what they can read (see below).
 */
import { assert, present } from '../base/index.ts'
import type { Message } from '../wire/index.ts'
import * as m from './messages/index.ts'

/** Who is asked: clients and brokers ask a broker's listener, brokers and controllers a controller's. */
export type Listener = 'broker' | 'controller'

/** First and last version, both inclusive. */
export type VersionRange = readonly [first: number, last: number]

export interface Api {
  readonly key: number
  /** Kafka's name, e.g. `CreateTopics`. */
  readonly name: string
  readonly request: Message<unknown, unknown>
  readonly response: Message<unknown, unknown>
  /** What a request may come in. */
  readonly versions: VersionRange
  /** What ApiVersions says. */
  readonly advertised: VersionRange
  readonly listeners: readonly Listener[]
}

interface Exceptions {
  readonly versions?: VersionRange
  readonly advertised?: VersionRange
}

const BROKER: readonly Listener[] = ['broker']
const CONTROLLER: readonly Listener[] = ['controller']
const BOTH: readonly Listener[] = ['broker', 'controller']

function api(
  listeners: readonly Listener[],
  request: Message<unknown, unknown>,
  response: Message<unknown, unknown>,
  { versions = request.versions, advertised = versions }: Exceptions = {},
): Api {
  const key = present(request.key, `${request.name} has no API key`)
  assert(response.key === key, `${response.name} does not answer ${request.name}`)
  const name = request.name.replace(/Request$/, '')
  return { key, name, request, response, versions, advertised, listeners }
}

const all: readonly Api[] = [
  // librdkafka before 2.11 compresses only when version 0 is advertised (KAFKA-18659); 0 to 2 are refused all the same.
  api(BROKER, m.ProduceRequest, m.ProduceResponse, { advertised: [0, 13] }),
  api(BOTH, m.FetchRequest, m.FetchResponse),
  api(BROKER, m.ListOffsetsRequest, m.ListOffsetsResponse),
  api(BROKER, m.MetadataRequest, m.MetadataResponse),
  api(BROKER, m.OffsetCommitRequest, m.OffsetCommitResponse),
  api(BROKER, m.OffsetFetchRequest, m.OffsetFetchResponse),
  api(BROKER, m.FindCoordinatorRequest, m.FindCoordinatorResponse),
  api(BROKER, m.JoinGroupRequest, m.JoinGroupResponse),
  api(BROKER, m.HeartbeatRequest, m.HeartbeatResponse),
  api(BROKER, m.LeaveGroupRequest, m.LeaveGroupResponse),
  api(BROKER, m.SyncGroupRequest, m.SyncGroupResponse),
  api(BROKER, m.DescribeGroupsRequest, m.DescribeGroupsResponse),
  api(BROKER, m.ListGroupsRequest, m.ListGroupsResponse),
  api(BOTH, m.SaslHandshakeRequest, m.SaslHandshakeResponse),
  api(BOTH, m.ApiVersionsRequest, m.ApiVersionsResponse),
  api(BOTH, m.CreateTopicsRequest, m.CreateTopicsResponse),
  api(BOTH, m.DeleteTopicsRequest, m.DeleteTopicsResponse),
  api(BROKER, m.DeleteRecordsRequest, m.DeleteRecordsResponse),
  // Version 6, two-phase commit (KIP-939), is not stable yet.
  api(BROKER, m.InitProducerIdRequest, m.InitProducerIdResponse, { versions: [0, 5] }),
  api(BROKER, m.OffsetForLeaderEpochRequest, m.OffsetForLeaderEpochResponse),
  api(BROKER, m.AddPartitionsToTxnRequest, m.AddPartitionsToTxnResponse),
  api(BROKER, m.AddOffsetsToTxnRequest, m.AddOffsetsToTxnResponse),
  api(BROKER, m.EndTxnRequest, m.EndTxnResponse),
  api(BROKER, m.WriteTxnMarkersRequest, m.WriteTxnMarkersResponse),
  api(BROKER, m.TxnOffsetCommitRequest, m.TxnOffsetCommitResponse),
  api(BOTH, m.DescribeAclsRequest, m.DescribeAclsResponse),
  api(BOTH, m.CreateAclsRequest, m.CreateAclsResponse),
  api(BOTH, m.DeleteAclsRequest, m.DeleteAclsResponse),
  api(BOTH, m.DescribeConfigsRequest, m.DescribeConfigsResponse),
  api(BOTH, m.AlterConfigsRequest, m.AlterConfigsResponse),
  api(BROKER, m.AlterReplicaLogDirsRequest, m.AlterReplicaLogDirsResponse),
  api(BROKER, m.DescribeLogDirsRequest, m.DescribeLogDirsResponse),
  api(BOTH, m.SaslAuthenticateRequest, m.SaslAuthenticateResponse),
  api(BOTH, m.CreatePartitionsRequest, m.CreatePartitionsResponse),
  api(BOTH, m.CreateDelegationTokenRequest, m.CreateDelegationTokenResponse),
  api(BOTH, m.RenewDelegationTokenRequest, m.RenewDelegationTokenResponse),
  api(BOTH, m.ExpireDelegationTokenRequest, m.ExpireDelegationTokenResponse),
  api(BOTH, m.DescribeDelegationTokenRequest, m.DescribeDelegationTokenResponse),
  api(BROKER, m.DeleteGroupsRequest, m.DeleteGroupsResponse),
  api(BOTH, m.ElectLeadersRequest, m.ElectLeadersResponse),
  api(BOTH, m.IncrementalAlterConfigsRequest, m.IncrementalAlterConfigsResponse),
  api(BOTH, m.AlterPartitionReassignmentsRequest, m.AlterPartitionReassignmentsResponse),
  api(BOTH, m.ListPartitionReassignmentsRequest, m.ListPartitionReassignmentsResponse),
  api(BROKER, m.OffsetDeleteRequest, m.OffsetDeleteResponse),
  api(BROKER, m.DescribeClientQuotasRequest, m.DescribeClientQuotasResponse),
  api(BOTH, m.AlterClientQuotasRequest, m.AlterClientQuotasResponse),
  api(BOTH, m.DescribeUserScramCredentialsRequest, m.DescribeUserScramCredentialsResponse),
  api(BOTH, m.AlterUserScramCredentialsRequest, m.AlterUserScramCredentialsResponse),
  api(CONTROLLER, m.VoteRequest, m.VoteResponse),
  api(CONTROLLER, m.BeginQuorumEpochRequest, m.BeginQuorumEpochResponse),
  api(CONTROLLER, m.EndQuorumEpochRequest, m.EndQuorumEpochResponse),
  api(BOTH, m.DescribeQuorumRequest, m.DescribeQuorumResponse),
  api(CONTROLLER, m.AlterPartitionRequest, m.AlterPartitionResponse),
  api(BOTH, m.UpdateFeaturesRequest, m.UpdateFeaturesResponse),
  api(CONTROLLER, m.EnvelopeRequest, m.EnvelopeResponse),
  api(CONTROLLER, m.FetchSnapshotRequest, m.FetchSnapshotResponse),
  api(BOTH, m.DescribeClusterRequest, m.DescribeClusterResponse),
  api(BROKER, m.DescribeProducersRequest, m.DescribeProducersResponse),
  api(CONTROLLER, m.BrokerRegistrationRequest, m.BrokerRegistrationResponse),
  api(CONTROLLER, m.BrokerHeartbeatRequest, m.BrokerHeartbeatResponse),
  api(BOTH, m.UnregisterBrokerRequest, m.UnregisterBrokerResponse),
  api(BROKER, m.DescribeTransactionsRequest, m.DescribeTransactionsResponse),
  api(BROKER, m.ListTransactionsRequest, m.ListTransactionsResponse),
  api(CONTROLLER, m.AllocateProducerIdsRequest, m.AllocateProducerIdsResponse),
  api(BROKER, m.ConsumerGroupHeartbeatRequest, m.ConsumerGroupHeartbeatResponse),
  api(BROKER, m.ConsumerGroupDescribeRequest, m.ConsumerGroupDescribeResponse),
  api(CONTROLLER, m.ControllerRegistrationRequest, m.ControllerRegistrationResponse),
  api(BROKER, m.GetTelemetrySubscriptionsRequest, m.GetTelemetrySubscriptionsResponse),
  api(BROKER, m.PushTelemetryRequest, m.PushTelemetryResponse),
  api(CONTROLLER, m.AssignReplicasToDirsRequest, m.AssignReplicasToDirsResponse),
  api(BROKER, m.ListConfigResourcesRequest, m.ListConfigResourcesResponse),
  api(BROKER, m.DescribeTopicPartitionsRequest, m.DescribeTopicPartitionsResponse),
  api(BROKER, m.ShareGroupHeartbeatRequest, m.ShareGroupHeartbeatResponse),
  api(BROKER, m.ShareGroupDescribeRequest, m.ShareGroupDescribeResponse),
  api(BROKER, m.ShareFetchRequest, m.ShareFetchResponse),
  api(BROKER, m.ShareAcknowledgeRequest, m.ShareAcknowledgeResponse),
  api(BOTH, m.AddRaftVoterRequest, m.AddRaftVoterResponse),
  api(BOTH, m.RemoveRaftVoterRequest, m.RemoveRaftVoterResponse),
  api(CONTROLLER, m.UpdateRaftVoterRequest, m.UpdateRaftVoterResponse),
  api(BROKER, m.InitializeShareGroupStateRequest, m.InitializeShareGroupStateResponse),
  api(BROKER, m.ReadShareGroupStateRequest, m.ReadShareGroupStateResponse),
  api(BROKER, m.WriteShareGroupStateRequest, m.WriteShareGroupStateResponse),
  api(BROKER, m.DeleteShareGroupStateRequest, m.DeleteShareGroupStateResponse),
  api(BROKER, m.ReadShareGroupStateSummaryRequest, m.ReadShareGroupStateSummaryResponse),
  api(BROKER, m.StreamsGroupHeartbeatRequest, m.StreamsGroupHeartbeatResponse),
  api(BROKER, m.StreamsGroupDescribeRequest, m.StreamsGroupDescribeResponse),
  api(BROKER, m.DescribeShareGroupOffsetsRequest, m.DescribeShareGroupOffsetsResponse),
  api(BROKER, m.AlterShareGroupOffsetsRequest, m.AlterShareGroupOffsetsResponse),
  api(BROKER, m.DeleteShareGroupOffsetsRequest, m.DeleteShareGroupOffsetsResponse),
  api(
    BROKER,
    m.StreamsGroupTopologyDescriptionUpdateRequest,
    m.StreamsGroupTopologyDescriptionUpdateResponse,
  ),
  api(BOTH, m.UnregisterControllerRequest, m.UnregisterControllerResponse),
]

/** The table: API key → {@link Api}. */
export const apis: ReadonlyMap<number, Api> = new Map(all.map((entry) => [entry.key, entry]))
