/** Heartbeat, and what happens without it. Rules: org.apache.kafka.coordinator.group.GroupMetadataManager (`classicGroupHeartbeat...`). */
import { errorCodes } from '../../protocol/index.ts'
import type { Heartbeat } from './api.ts'
import type { HeartbeatEvent } from './events.ts'
import { hasAllJoined } from './group.ts'
import type { Group, Member } from './group.ts'
import { authenticate, removeMember } from './members.ts'
import { completeJoin, dismiss, rebalanceOrGoOn, scheduleSession } from './rebalance.ts'
import { findGroup } from './state.ts'
import type { GroupStep } from './state.ts'

export function onHeartbeat(step: GroupStep, { request, call }: HeartbeatEvent): void {
  step.answer(request, { errorCode: beat(step, call) })
}

function beat(step: GroupStep, call: Heartbeat): number {
  const group = findGroup(step, call.groupId)
  if (group === null) return errorCodes.UNKNOWN_MEMBER_ID
  const member = authenticate(group, call.memberId, call.groupInstanceId)
  if (typeof member === 'number') return member
  if (call.generationId !== group.generationId) return errorCodes.ILLEGAL_GENERATION
  scheduleSession(step, group, member)
  return group.state === 'PreparingRebalance' ? errorCodes.REBALANCE_IN_PROGRESS : 0
}

/** A member, or one that was given an id and has not come back with it, was not heard of for its session timeout. */
export function onSessionExpired(step: GroupStep, group: Group, memberId: string): void {
  if (group.pendingJoin.has(memberId)) {
    removeMember(group, memberId)
    if (group.state === 'PreparingRebalance' && hasAllJoined(group)) completeJoin(step, group)
    return
  }
  const member = group.members.get(memberId)
  if (member === undefined || isExcused(member)) return
  step.note('info', 'group.member.failed', `Member '${memberId}' was not heard of in time`, {
    group: group.groupId,
    generation: group.generationId,
    member: memberId,
  })
  removeFailedMember(step, group, member)
}

/** Who waits for an answer from us cannot be expected to be heard of; except a new member, whose time for that was limited. */
function isExcused(member: Member): boolean {
  return !member.isNew && (member.awaitingJoin !== null || member.awaitingSync !== null)
}

function removeFailedMember(step: GroupStep, group: Group, member: Member): void {
  dismiss(step, group, member, errorCodes.UNKNOWN_MEMBER_ID)
  removeMember(group, member.memberId)
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') {
    rebalanceOrGoOn(step, group, `member '${member.memberId}' has failed`)
  } else if (group.state === 'PreparingRebalance' && hasAllJoined(group)) {
    completeJoin(step, group)
  }
}
