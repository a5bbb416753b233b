/** Answers in the form that their version wants, and answers that are nothing but an error. */
import { errorCodes } from '../../protocol/index.ts'
import type {
  CommittingTopic,
  DeletingTopic,
  DescribedGroup,
  FetchedGroup,
  FetchedGroupAnswer,
  JoinAnswer,
  LeaveAnswer,
  LeavingMember,
  OffsetCommitAnswer,
  OffsetDeleteAnswer,
  OffsetFetchAnswer,
} from './api.ts'
import { holdsGroups } from './topic-lookup.ts'

/** From this version on the protocol of a JoinGroup that has failed is null instead of empty. */
const NULLABLE_PROTOCOL_SINCE = 7
/** From this version on LeaveGroup answers for each member. */
const BATCHED_LEAVE_SINCE = 3
/** From this version on OffsetFetch has an error for the whole. */
const FETCH_ERROR_SINCE = 2

/** kafka: org.apache.kafka.common.requests.JoinGroupResponse */
export function finishJoin(answer: JoinAnswer, apiVersion: number): JoinAnswer {
  const protocolName = answer.protocolName ?? ''
  if (apiVersion < NULLABLE_PROTOCOL_SINCE) return { ...answer, protocolName }
  return { ...answer, protocolName: protocolName === '' ? null : protocolName }
}

/** The members that a LeaveGroup names; versions before 3 name one. */
export function leavingMembers(
  call: { readonly memberId: string; readonly members: readonly LeavingMember[] },
  apiVersion: number,
): readonly LeavingMember[] {
  if (apiVersion >= BATCHED_LEAVE_SINCE) return call.members
  return [{ memberId: call.memberId, groupInstanceId: null, reason: null }]
}

/** Versions before 3 take the error of their one member for their own. */
export function finishLeave(answer: LeaveAnswer, apiVersion: number): LeaveAnswer {
  if (apiVersion >= BATCHED_LEAVE_SINCE) return answer
  const [only] = answer.members ?? []
  return { errorCode: answer.errorCode === 0 ? (only?.errorCode ?? 0) : answer.errorCode }
}

/** OffsetCommit has no error for the whole: every partition gets it, unless it has one of its own. */
export function failedCommit(
  topics: readonly CommittingTopic[],
  errorCode: number,
): OffsetCommitAnswer {
  return {
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex, refusal }) => ({
        partitionIndex,
        errorCode: refusal === 0 ? errorCode : refusal,
      })),
    })),
  }
}

/** What remains to be said where no partition exists. */
export function refusedDeletion(topics: readonly DeletingTopic[]): OffsetDeleteAnswer {
  return {
    errorCode: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, refusal }) => ({
        partitionIndex,
        errorCode: refusal,
      })),
    })),
  }
}

/**
 * Consumers before 3.9 do not know COORDINATOR_NOT_AVAILABLE in an OffsetFetch, and would not try again
 * (org.apache.kafka.coordinator.group.GroupCoordinatorService, `handleOffsetFetchException`).
 */
export function failedFetch({ groupId }: FetchedGroup, errorCode: number): FetchedGroupAnswer {
  const isUnknown = errorCode === errorCodes.COORDINATOR_NOT_AVAILABLE
  return { groupId, topics: [], errorCode: isUnknown ? errorCodes.NOT_COORDINATOR : errorCode }
}

/** Puts the answers for the groups of an OffsetFetch into the form of the version. */
export function finishFetch(
  groups: readonly FetchedGroup[],
  answers: readonly FetchedGroupAnswer[],
  apiVersion: number,
): OffsetFetchAnswer {
  if (holdsGroups(apiVersion)) return { groups: answers }
  const [group] = groups
  const [answer] = answers
  const errorCode = answer?.errorCode ?? 0
  const topics = answer?.topics.map(({ name, partitions }) => ({ name: name ?? '', partitions }))
  if (errorCode === 0 || apiVersion >= FETCH_ERROR_SINCE) return { topics: topics ?? [], errorCode }
  return {
    topics: (group?.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1,
        metadata: '',
        errorCode,
      })),
    })),
  }
}

export function failedDescription(groupId: string, errorCode: number): DescribedGroup {
  return { errorCode, groupId, groupState: '', protocolType: '', protocolData: '', members: [] }
}
