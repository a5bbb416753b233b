/** Requests and responses of the group APIs, by the names the core uses. */
import type { Uuid } from '../../base/index.ts'
import type {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
  DescribeGroupsRequest,
  DescribeGroupsResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
  SyncGroupRequest,
  SyncGroupResponse,
} from '../../protocol/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'

export type Join = Decoded<typeof JoinGroupRequest>
export type JoinAnswer = Draft<typeof JoinGroupResponse>
export type Sync = Decoded<typeof SyncGroupRequest>
export type SyncAnswer = Draft<typeof SyncGroupResponse>
export type Heartbeat = Decoded<typeof HeartbeatRequest>
export type HeartbeatAnswer = Draft<typeof HeartbeatResponse>
export type Leave = Decoded<typeof LeaveGroupRequest>
export type LeaveAnswer = Draft<typeof LeaveGroupResponse>
export type OffsetCommit = Decoded<typeof OffsetCommitRequest>
export type OffsetCommitAnswer = Draft<typeof OffsetCommitResponse>
export type OffsetFetch = Decoded<typeof OffsetFetchRequest>
export type OffsetFetchAnswer = Draft<typeof OffsetFetchResponse>
export type OffsetDelete = Decoded<typeof OffsetDeleteRequest>
export type OffsetDeleteAnswer = Draft<typeof OffsetDeleteResponse>
export type Describe = Decoded<typeof DescribeGroupsRequest>
export type DescribeAnswer = Draft<typeof DescribeGroupsResponse>
export type List = Decoded<typeof ListGroupsRequest>
export type ListAnswer = Draft<typeof ListGroupsResponse>
export type Delete = Decoded<typeof DeleteGroupsRequest>
export type DeleteAnswer = Draft<typeof DeleteGroupsResponse>

/** One member of a LeaveGroup, as versions from 3 on name it. */
export type LeavingMember = Leave['members'][number]
export type DescribedGroup = DescribeAnswer['groups'][number]
export type ListedGroup = ListAnswer['groups'][number]
export type DeletedGroup = DeleteAnswer['results'][number]

/** A partition whose offset is to be committed; `refusal` is the error found before the group was asked, or 0. */
export type CommittingPartition = OffsetCommit['topics'][number]['partitions'][number] & {
  readonly refusal: number
}

/** A topic of an OffsetCommit, with name and id both known as far as this node knows them. */
export interface CommittingTopic {
  readonly name: string
  readonly topicId: Uuid
  readonly partitions: readonly CommittingPartition[]
}

/** One group of an OffsetFetch. Versions before 8 ask for one only. */
export interface FetchedGroup {
  readonly groupId: string
  /** null: every topic that has an offset. */
  readonly topics: readonly FetchedTopic[] | null
}

export interface FetchedTopic {
  readonly name: string
  /** All zero in versions before 10. */
  readonly topicId: Uuid
  readonly partitionIndexes: readonly number[]
  /** The error found before the group was asked, or 0. */
  readonly refusal: number
}

/** The answer for one group, as versions from 8 on have it. */
export type FetchedGroupAnswer = NonNullable<OffsetFetchAnswer['groups']>[number]
export type FetchedTopicAnswer = FetchedGroupAnswer['topics'][number]
export type FetchedPartitionAnswer = FetchedTopicAnswer['partitions'][number]

/** A topic of an OffsetDelete; `refusal` is the error found before the group was asked, or 0. */
export interface DeletingTopic {
  readonly name: string
  readonly partitions: ReadonlyArray<{
    readonly partitionIndex: number
    readonly refusal: number
  }>
}

/** Who calls, for APIs whose answer depends on it. */
export interface CallContext {
  /** Of the request header; empty when the client gave none. */
  readonly clientId: string
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  readonly apiVersion: number
}
