/** LeaveGroup. Rules: org.apache.kafka.coordinator.group.GroupMetadataManager (`classicGroupLeave...`), KIP-345 for the batched form. */
import { errorCodes } from '../../protocol/index.ts'
import type { LeavingMember } from './api.ts'
import type { LeaveEvent } from './events.ts'
import type { Group } from './group.ts'
import { authenticate, removeMember } from './members.ts'
import { dismiss, rebalanceOrGoOn } from './rebalance.ts'
import { findGroup, timerKey } from './state.ts'
import type { GroupStep } from './state.ts'

export function onLeave(step: GroupStep, { request, groupId, members }: LeaveEvent): void {
  const group = findGroup(step, groupId)
  const results = members.map((leaving) => ({
    memberId: leaving.memberId,
    groupInstanceId: leaving.groupInstanceId,
    errorCode: group === null ? errorCodes.UNKNOWN_MEMBER_ID : leave(step, group, leaving),
  }))
  const leftCount = results.filter(({ errorCode }) => errorCode === 0).length
  if (group !== null && leftCount > 0 && group.state !== 'Empty') {
    rebalanceOrGoOn(step, group, `${leftCount} members leave${reasonOf(members)}`)
  }
  step.answerWhenCommitted(request, { errorCode: 0, members: results })
}

function leave(step: GroupStep, group: Group, leaving: LeavingMember): number {
  if (group.pendingJoin.has(leaving.memberId)) {
    remove(step, group, leaving.memberId)
    return 0
  }
  // Tools remove a static member by its instance alone.
  const { groupInstanceId } = leaving
  const isByInstance = leaving.memberId === '' && groupInstanceId !== null
  const memberId = isByInstance ? group.staticMembers.get(groupInstanceId) : leaving.memberId
  const member = authenticate(group, memberId ?? '', groupInstanceId)
  if (typeof member === 'number') return member
  dismiss(step, group, member, errorCodes.UNKNOWN_MEMBER_ID)
  remove(step, group, member.memberId)
  return 0
}

function remove(step: GroupStep, group: Group, memberId: string): void {
  removeMember(group, memberId)
  step.cancel(timerKey('session', group.groupId, memberId))
}

/** For log lines; clients may say why they leave (KIP-800). */
function reasonOf(members: readonly LeavingMember[]): string {
  const reason = members.find((member) => member.reason !== null && member.reason !== '')?.reason
  return reason === null || reason === undefined ? '' : ` (${reason.slice(0, 255)})`
}
