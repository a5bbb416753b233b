/** OffsetCommit. Rules: org.apache.kafka.coordinator.group.OffsetMetadataManager, ClassicGroup (`validateOffsetCommit`). */
import { errorCodes } from '../../protocol/index.ts'
import type { CommittingPartition, OffsetCommitAnswer } from './api.ts'
import type { CommitEvent } from './events.ts'
import type { Group, Member } from './group.ts'
import { authenticate } from './members.ts'
import { scheduleSession } from './rebalance.ts'
import { offsetCommitRecord } from './records.ts'
import { findGroup } from './state.ts'
import type { GroupStep } from './state.ts'

/** From this version on a missing group is called so; before, clients understood only ILLEGAL_GENERATION. */
const GROUP_ID_NOT_FOUND_SINCE = 9

export function onCommit(step: GroupStep, event: CommitEvent): void {
  const errorCode = checkCommitter(step, event)
  const topics = event.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map((partition) => {
      const { partitionIndex } = partition
      const refusal = partition.refusal || errorCode || checkMetadata(step, partition)
      if (refusal !== 0) return { partitionIndex, errorCode: refusal }
      const expireTimestampMs =
        event.call.retentionTimeMs === -1 ? -1 : step.nowMs + event.call.retentionTimeMs
      const committed = {
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.committedMetadata ?? '',
        commitTimestampMs: step.nowMs,
        expireTimestampMs,
        topicId,
      }
      step.append(offsetCommitRecord(event.call.groupId, name, partitionIndex, committed))
      return { partitionIndex, errorCode: 0 }
    }),
  }))
  const answer: OffsetCommitAnswer = { topics }
  // A refusal rests on nothing that is being written.
  if (step.records.length === 0) step.answer(event.request, answer)
  else step.answerWhenCommitted(event.request, answer)
}

function checkMetadata(step: GroupStep, { committedMetadata }: CommittingPartition): number {
  const length = committedMetadata?.length ?? 0
  return length > step.config.offsetMetadataLengthMax ? errorCodes.OFFSET_METADATA_TOO_LARGE : 0
}

/** 0, or why this caller may not commit. A commit is a sign of life, too. */
function checkCommitter(step: GroupStep, { call, apiVersion }: CommitEvent): number {
  const group = findGroup(step, call.groupId)
  if (group === null) {
    // Somebody who only stores offsets makes the group by storing them.
    if (call.generationIdOrMemberEpoch < 0) return 0
    return apiVersion >= GROUP_ID_NOT_FOUND_SINCE
      ? errorCodes.GROUP_ID_NOT_FOUND
      : errorCodes.ILLEGAL_GENERATION
  }
  const member = memberOf(group, call)
  if (typeof member === 'number') return member
  if (group.state === 'CompletingRebalance') return errorCodes.REBALANCE_IN_PROGRESS
  if (member !== null) scheduleSession(step, group, member)
  return 0
}

/** The member that commits; null: somebody outside the group, while it has no members; or the error. */
function memberOf(group: Group, call: CommitEvent['call']): Member | null | number {
  const { memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = call
  if (generationId < 0 && group.state === 'Empty') return null
  if (generationId < 0 && memberId === '' && groupInstanceId === null) {
    return errorCodes.UNKNOWN_MEMBER_ID
  }
  const member = authenticate(group, memberId, groupInstanceId)
  if (typeof member === 'number') return member
  return generationId === group.generationId ? member : errorCodes.ILLEGAL_GENERATION
}
