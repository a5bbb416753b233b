/**
 * A static member that has come back without its id takes its own place (KIP-345). In a stable group whose protocol stays the same nobody else need
 * notice: no rebalance, only a new record (KIP-814 for its leader).
 *
 * Rules: org.apache.kafka.coordinator.group.GroupMetadataManager (`updateStaticMemberThenRebalanceOrCompleteJoin`).
 */
import { present } from '../../base/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type { JoinAnswer } from './api.ts'
import type { JoinEvent, StaticMemberWritten } from './events.ts'
import { isLeader, selectProtocol } from './group.ts'
import type { Group, Protocol } from './group.ts'
import { renameStaticMember, setAwaitingJoin, updateMember } from './members.ts'
import {
  dismiss,
  goOnIfAllJoined,
  joined,
  joinRefusal,
  prepareRebalance,
  scheduleSession,
} from './rebalance.ts'
import { recordOf, timerKey } from './state.ts'
import type { GroupStep } from './state.ts'

/** From this version on a returning leader is told the members and that it need not assign again (KIP-814). */
const SKIP_ASSIGNMENT_SINCE = 9

export interface Replacement {
  readonly event: JoinEvent
  readonly oldId: string
  readonly newId: string
  readonly protocols: readonly Protocol[]
}

export function replaceStaticMember(
  step: GroupStep,
  group: Group,
  { event, oldId, newId, protocols }: Replacement,
): void {
  const { request, call, context } = event
  const { groupId, leaderId: oldLeaderId, generationId } = group
  const old = present(group.members.get(oldId), `'${oldId}' is no member of '${groupId}'`)
  const before = {
    oldProtocols: old.protocols,
    oldRebalanceTimeoutMs: old.rebalanceTimeoutMs,
    oldSessionTimeoutMs: old.sessionTimeoutMs,
  }
  // Two processes that claim to be the same instance: the one that came first is fenced.
  dismiss(step, group, old, errorCodes.FENCED_INSTANCE_ID)
  step.cancel(timerKey('session', groupId, oldId))
  const member = renameStaticMember(group, oldId, newId)
  const { rebalanceTimeoutMs, sessionTimeoutMs } = call
  updateMember(group, member, { protocols, rebalanceTimeoutMs, sessionTimeoutMs })
  setAwaitingJoin(group, member, request)
  scheduleSession(step, group, member)

  const who = `static member '${call.groupInstanceId}' returns`
  if (group.state === 'PreparingRebalance') return goOnIfAllJoined(step, group)
  if (group.state !== 'Stable' || selectProtocol(group) !== group.protocolName) {
    // While the generation is completing, the leader may have been told the old id: what it assigns would reach nobody.
    return prepareRebalance(step, group, who)
  }
  const assignments = new Map([...group.members].map(([id, { assignment }]) => [id, assignment]))
  step.append(recordOf(group, assignments))
  const { apiVersion } = context
  step.continueWith({
    kind: 'staticMemberWritten',
    groupId,
    generationId,
    request,
    apiVersion,
    oldMemberId: oldId,
    newMemberId: newId,
    oldLeaderId,
    ...before,
  })
}

export function onStaticMemberWritten(
  step: GroupStep,
  followUp: StaticMemberWritten,
  errorCode: number,
): void {
  const group = step.live.get(followUp.groupId)
  const member = group?.members.get(followUp.newMemberId)
  // Otherwise it has been answered already, or was replaced once more.
  if (group === undefined || member === undefined || member.awaitingJoin !== followUp.request)
    return
  if (errorCode !== 0) return takeBack(step, group, followUp, errorCode)
  // A rebalance that has begun meanwhile counts this JoinGroup and will answer it.
  if (group.state !== 'Stable' || group.generationId !== followUp.generationId) return
  step.answer(followUp.request, answerOf(group, followUp))
  setAwaitingJoin(group, member, null)
  // While the answer was owed its session may have ended unnoticed.
  scheduleSession(step, group, member)
}

function answerOf(group: Group, followUp: StaticMemberWritten): JoinAnswer {
  const member = present(group.members.get(followUp.newMemberId), 'The caller has seen the member')
  const answer = joined(group, member)
  if (followUp.apiVersion >= SKIP_ASSIGNMENT_SINCE) {
    return { ...answer, skipAssignment: isLeader(group, member.memberId) }
  }
  // Told of its old self as the leader, it does not assign again.
  return { ...answer, leader: followUp.oldLeaderId ?? '', members: [] }
}

/** The record could not be written: the member is who it was, and whoever came must try again. */
function takeBack(
  step: GroupStep,
  group: Group,
  followUp: StaticMemberWritten,
  errorCode: number,
): void {
  const { groupId, newMemberId, oldMemberId, request } = followUp
  const member = present(group.members.get(newMemberId), 'The caller has seen the member')
  setAwaitingJoin(group, member, null)
  updateMember(group, member, {
    protocols: followUp.oldProtocols,
    rebalanceTimeoutMs: followUp.oldRebalanceTimeoutMs,
    sessionTimeoutMs: followUp.oldSessionTimeoutMs,
  })
  step.cancel(timerKey('session', groupId, newMemberId))
  scheduleSession(step, group, renameStaticMember(group, newMemberId, oldMemberId))
  step.answer(request, {
    ...joinRefusal('', errorCode),
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: followUp.oldLeaderId ?? '',
  })
}
