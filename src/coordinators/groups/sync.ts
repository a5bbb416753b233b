/**
 * SyncGroup: the leader brings the assignment of all, the others wait for theirs.
 *
 * Rules: org.apache.kafka.coordinator.group.GroupMetadataManager (`classicGroupSync...`).
 */
import { errorCodes } from '../../protocol/index.ts'
import type { Sync } from './api.ts'
import type { AssignmentWritten, SyncEvent } from './events.ts'
import { isLeader, transition } from './group.ts'
import type { Group, Member } from './group.ts'
import { authenticate } from './members.ts'
import {
  answerSync,
  giveAssignments,
  noteSynced,
  rebalanceOrGoOn,
  synced,
  syncRefusal,
} from './rebalance.ts'
import { findGroup, recordOf } from './state.ts'
import type { GroupStep } from './state.ts'

export function onSync(step: GroupStep, event: SyncEvent): void {
  const { request, call } = event
  const refuse = (errorCode: number): void => step.answer(request, syncRefusal(errorCode))
  const group = findGroup(step, call.groupId)
  if (group === null || group.state === 'Empty') return refuse(errorCodes.UNKNOWN_MEMBER_ID)
  const member = check(group, call)
  if (typeof member === 'number') return refuse(member)
  switch (group.state) {
    case 'PreparingRebalance':
      return refuse(errorCodes.REBALANCE_IN_PROGRESS)
    case 'CompletingRebalance':
      // A SyncGroup that was parked already was given up by its client.
      answerSync(step, member, syncRefusal(errorCodes.REBALANCE_IN_PROGRESS))
      member.awaitingSync = request
      noteSynced(step, group, member.memberId)
      if (isLeader(group, member.memberId)) writeAssignment(step, group, call)
      return
    case 'Stable':
      noteSynced(step, group, member.memberId)
      return step.answer(request, synced(group, member))
  }
}

function check(group: Group, call: Sync): Member | number {
  const member = authenticate(group, call.memberId, call.groupInstanceId)
  if (typeof member === 'number') return member
  if (call.generationId !== group.generationId) return errorCodes.ILLEGAL_GENERATION
  return isOther(call.protocolType, group.protocolType) ||
    isOther(call.protocolName, group.protocolName)
    ? errorCodes.INCONSISTENT_GROUP_PROTOCOL
    : member
}

/** Only what both sides name can differ. */
function isOther(named: string | null, known: string | null): boolean {
  return named !== null && known !== null && named !== known
}

function writeAssignment(step: GroupStep, group: Group, call: Sync): void {
  // Kept as long as the generation: a view would keep the whole request.
  const assignments = new Map(
    call.assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)]),
  )
  const { groupId, generationId } = group
  step.append(recordOf(group, assignments))
  step.continueWith({ kind: 'assignmentWritten', groupId, generationId, assignments })
}

/** The generation is stable once its assignment is committed; unless it is over by followUp. */
export function onAssignmentWritten(
  step: GroupStep,
  { groupId, generationId, assignments }: AssignmentWritten,
  errorCode: number,
): void {
  const group = step.live.get(groupId)
  if (group?.state !== 'CompletingRebalance' || group.generationId !== generationId) return
  giveAssignments(step, group, errorCode === 0 ? assignments : new Map(), errorCode)
  if (errorCode === 0) transition(group, 'Stable', step.nowMs)
  else rebalanceOrGoOn(step, group, 'the assignment could not be written')
}
