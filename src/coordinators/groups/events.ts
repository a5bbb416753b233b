/** What the core of the group coordinator is told, and what it gives back. */
import type { Uuid } from '../../base/index.ts'
import type { RequestId } from '../runtime/index.ts'
import type {
  CallContext,
  CommittingTopic,
  DeletedGroup,
  DeletingTopic,
  DescribedGroup,
  FetchedGroup,
  FetchedGroupAnswer,
  Heartbeat,
  HeartbeatAnswer,
  Join,
  JoinAnswer,
  LeaveAnswer,
  LeavingMember,
  ListedGroup,
  OffsetCommit,
  OffsetCommitAnswer,
  OffsetDeleteAnswer,
  Sync,
  SyncAnswer,
} from './api.ts'
import type { Protocol } from './group.ts'

export interface JoinEvent {
  readonly kind: 'join'
  readonly request: RequestId
  readonly call: Join
  readonly context: CallContext
  /** A random text that makes the id of a new member unique. */
  readonly uniqueId: string
}

export interface SyncEvent {
  readonly kind: 'sync'
  readonly request: RequestId
  readonly call: Sync
}

export interface HeartbeatEvent {
  readonly kind: 'heartbeat'
  readonly request: RequestId
  readonly call: Heartbeat
}

export interface LeaveEvent {
  readonly kind: 'leave'
  readonly request: RequestId
  readonly groupId: string
  readonly members: readonly LeavingMember[]
}

export interface CommitEvent {
  readonly kind: 'commit'
  readonly request: RequestId
  readonly call: Omit<OffsetCommit, 'topics'>
  readonly topics: readonly CommittingTopic[]
  readonly apiVersion: number
}

export interface FetchEvent {
  readonly kind: 'fetch'
  readonly request: RequestId
  readonly group: FetchedGroup
  readonly requireStable: boolean
}

export interface DeleteOffsetsEvent {
  readonly kind: 'deleteOffsets'
  readonly request: RequestId
  readonly groupId: string
  readonly topics: readonly DeletingTopic[]
}

export interface DescribeEvent {
  readonly kind: 'describe'
  readonly request: RequestId
  readonly groupIds: readonly string[]
  readonly apiVersion: number
}

export interface ListEvent {
  readonly kind: 'list'
  readonly request: RequestId
  /** Lower case; empty: all. */
  readonly states: ReadonlySet<string>
  /** Lower case; empty: all. */
  readonly types: ReadonlySet<string>
}

export interface DeleteEvent {
  readonly kind: 'delete'
  readonly request: RequestId
  readonly groupIds: readonly string[]
}

/** The topics exist no longer. */
export interface TopicsDeletedEvent {
  readonly kind: 'topicsDeleted'
  readonly topics: ReadonlyArray<{ readonly name: string; readonly topicId: Uuid }>
}

/** Timers. */
export type TimerEvent =
  | { readonly kind: 'sessionExpired'; readonly groupId: string; readonly memberId: string }
  | {
      readonly kind: 'initialDelayOver'
      readonly groupId: string
      readonly delayMs: number
      /** By how much it may still be extended. */
      readonly remainingMs: number
    }
  | { readonly kind: 'joinTimedOut'; readonly groupId: string }
  | { readonly kind: 'syncTimedOut'; readonly groupId: string; readonly generationId: number }
  | { readonly kind: 'expireOffsets' }

export type GroupEvent =
  | JoinEvent
  | SyncEvent
  | HeartbeatEvent
  | LeaveEvent
  | CommitEvent
  | FetchEvent
  | DeleteOffsetsEvent
  | DescribeEvent
  | ListEvent
  | DeleteEvent
  | TopicsDeletedEvent
  | TimerEvent

/** The record of a generation's assignment was appended. */
export interface AssignmentWritten {
  readonly kind: 'assignmentWritten'
  readonly groupId: string
  readonly generationId: number
  /** memberId → assignment */
  readonly assignments: ReadonlyMap<string, Buffer>
}

/** The record of a group in which a static member has replaced its former self was appended. */
export interface StaticMemberWritten {
  readonly kind: 'staticMemberWritten'
  readonly groupId: string
  readonly generationId: number
  readonly request: RequestId
  readonly apiVersion: number
  readonly oldMemberId: string
  readonly newMemberId: string
  /** Before the replacement. */
  readonly oldLeaderId: string | null
  readonly oldProtocols: readonly Protocol[]
  readonly oldRebalanceTimeoutMs: number
  readonly oldSessionTimeoutMs: number
}

/** The first record of a group was appended. */
export interface GroupWritten {
  readonly kind: 'groupWritten'
  readonly groupId: string
}

/** The record of a group that has become empty was appended. */
export interface EmptyGroupWritten {
  readonly kind: 'emptyGroupWritten'
  readonly groupId: string
}

export type GroupFollowUp =
  | AssignmentWritten
  | StaticMemberWritten
  | GroupWritten
  | EmptyGroupWritten

export type GroupAnswer =
  | JoinAnswer
  | SyncAnswer
  | HeartbeatAnswer
  | LeaveAnswer
  | OffsetCommitAnswer
  | FetchedGroupAnswer
  | OffsetDeleteAnswer
  | readonly DescribedGroup[]
  | readonly ListedGroup[]
  | readonly DeletedGroup[]
