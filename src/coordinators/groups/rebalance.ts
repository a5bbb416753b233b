/**
 * How a group gets from one generation to the next: wait for the members to join, begin the generation, wait for the leader's assignment.
 *
 * Rules: org.apache.kafka.coordinator.group.GroupMetadataManager (`prepareRebalance` and what follows).
 */
import { errorCodes } from '../../protocol/index.ts'
import type { JoinAnswer, SyncAnswer } from './api.ts'
import type { EmptyGroupWritten, TimerEvent } from './events.ts'
import {
  beginGeneration,
  canRebalance,
  hasAllJoined,
  isLeader,
  metadataOf,
  rebalanceTimeoutMsOf,
  transition,
} from './group.ts'
import type { Group, Member } from './group.ts'
import { electJoinedLeader, removeMember, setAwaitingJoin } from './members.ts'
import { NO_BYTES, recordOf, timerKey } from './state.ts'
import type { GroupStep } from './state.ts'

/** Begins a rebalance where one may begin, or sees whether the one under way can go on. */
export function rebalanceOrGoOn(step: GroupStep, group: Group, reason: string): void {
  if (canRebalance(group)) prepareRebalance(step, group, reason)
  else goOnIfAllJoined(step, group)
}

/** Begins a rebalance: everybody must join anew. */
export function prepareRebalance(step: GroupStep, group: Group, reason: string): void {
  if (group.state === 'CompletingRebalance') {
    giveAssignments(step, group, new Map(), errorCodes.REBALANCE_IN_PROGRESS)
  }
  group.pendingSync.clear()
  step.cancel(timerKey('sync', group.groupId))
  const { groupId, generationId } = group
  transition(group, 'PreparingRebalance', step.nowMs)
  step.note('info', 'group.rebalance', `Group '${groupId}' rebalances: ${reason}`, {
    group: groupId,
    generation: generationId,
    members: group.members.size,
  })
  if (group.isInitialRebalance) {
    group.newMemberAdded = false
    const delayMs = step.config.initialRebalanceDelayMs
    const remainingMs = Math.max(rebalanceTimeoutMsOf(group) - delayMs, 0)
    const event: TimerEvent = { kind: 'initialDelayOver', groupId, delayMs, remainingMs }
    step.schedule(timerKey('join', groupId), delayMs, event)
  } else if (hasAllJoined(group)) completeJoin(step, group)
  else scheduleJoinTimeout(step, group)
}

function scheduleJoinTimeout(step: GroupStep, group: Group): void {
  const { groupId } = group
  const event: TimerEvent = { kind: 'joinTimedOut', groupId }
  step.schedule(timerKey('join', groupId), rebalanceTimeoutMsOf(group), event)
}

/** Ends the join phase early if all are there. The initial rebalance waits its delay out. */
export function goOnIfAllJoined(step: GroupStep, group: Group): void {
  if (group.state !== 'PreparingRebalance' || group.isInitialRebalance) return
  if (hasAllJoined(group)) completeJoin(step, group)
}

/** The delay of an initial rebalance is over: extend it once more if somebody came, as far as the rebalance timeout allows. */
export function onInitialDelayOver(
  step: GroupStep,
  group: Group,
  { delayMs, remainingMs }: { readonly delayMs: number; readonly remainingMs: number },
): void {
  if (!group.newMemberAdded || remainingMs === 0) return completeJoin(step, group)
  group.newMemberAdded = false
  const { groupId } = group
  const nextDelayMs = Math.min(step.config.initialRebalanceDelayMs, remainingMs)
  step.schedule(timerKey('join', groupId), nextDelayMs, {
    kind: 'initialDelayOver',
    groupId,
    delayMs: nextDelayMs,
    remainingMs: Math.max(remainingMs - delayMs, 0),
  })
}

/** Ends the join phase with those who have joined. Static members stay until their session ends. */
export function completeJoin(step: GroupStep, group: Group): void {
  const { groupId } = group
  if (group.state !== 'PreparingRebalance') return
  step.cancel(timerKey('join', groupId))
  for (const member of group.members.values()) {
    if (member.awaitingJoin !== null || member.groupInstanceId !== null) continue
    removeMember(group, member.memberId)
    step.cancel(timerKey('session', groupId, member.memberId))
  }
  if (!electJoinedLeader(group) && group.members.size > 0) {
    // Only static members that are away. Nobody could lead: wait until they are back or their sessions end.
    return scheduleJoinTimeout(step, group)
  }
  beginGeneration(group, step.nowMs)
  if (group.members.size === 0) becomeEmpty(step, group)
  else startSyncPhase(step, group)
}

function becomeEmpty(step: GroupStep, group: Group): void {
  const { groupId, generationId } = group
  step.note('info', 'group.empty', `Group '${groupId}' is empty`, {
    group: groupId,
    generation: generationId,
  })
  step.append(recordOf(group, new Map()))
  const followUp: EmptyGroupWritten = { kind: 'emptyGroupWritten', groupId }
  step.continueWith(followUp)
}

function startSyncPhase(step: GroupStep, group: Group): void {
  const { groupId, generationId } = group
  step.note('info', 'group.generation', `Group '${groupId}' has a new generation`, {
    group: groupId,
    generation: generationId,
    members: group.members.size,
    protocol: group.protocolName,
  })
  for (const member of group.members.values()) {
    answerJoin(step, group, member, joined(group, member))
    scheduleSession(step, group, member)
    member.isNew = false
    group.pendingSync.add(member.memberId)
  }
  const event: TimerEvent = { kind: 'syncTimedOut', groupId, generationId }
  step.schedule(timerKey('sync', groupId), rebalanceTimeoutMsOf(group), event)
}

/** Members that have not asked for their assignment in time are gone. */
export function onSyncTimedOut(step: GroupStep, group: Group, generationId: number): void {
  const isSyncing = group.state === 'CompletingRebalance' || group.state === 'Stable'
  if (!isSyncing || generationId !== group.generationId || group.pendingSync.size === 0) return
  const missing = [...group.pendingSync]
  for (const memberId of missing) {
    removeMember(group, memberId)
    step.cancel(timerKey('session', group.groupId, memberId))
  }
  prepareRebalance(step, group, `${missing.length} members did not ask for their assignment`)
}

/** Takes a member's SyncGroup off the list of those awaited. */
export function noteSynced(step: GroupStep, group: Group, memberId: string): void {
  group.pendingSync.delete(memberId)
  if (group.pendingSync.size === 0) step.cancel(timerKey('sync', group.groupId))
}

/** Gives every member its assignment (none: empty) and answers those who wait for it. */
export function giveAssignments(
  step: GroupStep,
  group: Group,
  assignments: ReadonlyMap<string, Buffer>,
  errorCode: number,
): void {
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.memberId) ?? NO_BYTES
    if (member.awaitingSync === null) continue
    answerSync(step, member, errorCode === 0 ? synced(group, member) : syncRefusal(errorCode))
    // It has not been counted while the answer was owed.
    scheduleSession(step, group, member)
  }
}

/** (Re)starts the time within which the member must be heard of. */
export function scheduleSession(
  step: GroupStep,
  group: Group,
  member: Member,
  timeoutMs: number = member.sessionTimeoutMs,
): void {
  const { groupId } = group
  const { memberId } = member
  const event: TimerEvent = { kind: 'sessionExpired', groupId, memberId }
  step.schedule(timerKey('session', groupId, memberId), timeoutMs, event)
}

/** Answers the member's parked JoinGroup, if it has one. */
export function answerJoin(
  step: GroupStep,
  group: Group,
  member: Member,
  answer: JoinAnswer,
): void {
  if (member.awaitingJoin === null) return
  step.answer(member.awaitingJoin, answer)
  setAwaitingJoin(group, member, null)
}

/** Answers the member's parked SyncGroup, if it has one. */
export function answerSync(step: GroupStep, member: Member, answer: SyncAnswer): void {
  if (member.awaitingSync === null) return
  step.answer(member.awaitingSync, answer)
  member.awaitingSync = null
}

/** Answers whatever the member waits for with an error. */
export function dismiss(step: GroupStep, group: Group, member: Member, errorCode: number): void {
  const knowsId = errorCode !== errorCodes.UNKNOWN_MEMBER_ID
  answerJoin(step, group, member, joinRefusal(knowsId ? member.memberId : '', errorCode))
  answerSync(step, member, syncRefusal(errorCode))
}

export function joinRefusal(memberId: string, errorCode: number): JoinAnswer {
  return { errorCode, protocolName: null, leader: '', memberId, members: [] }
}

export function syncRefusal(errorCode: number): SyncAnswer {
  return { errorCode, assignment: NO_BYTES }
}

/** The answer of a JoinGroup that has come to a generation: only the leader is told the members. */
export function joined(group: Group, member: Member): JoinAnswer {
  return {
    errorCode: 0,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    memberId: member.memberId,
    members: isLeader(group, member.memberId) ? membersForLeader(group) : [],
  }
}

function membersForLeader(group: Group): JoinAnswer['members'] {
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataOf(member, group.protocolName ?? ''),
  }))
}

/** The answer of a SyncGroup: the member's assignment. */
export function synced(group: Group, member: Member): SyncAnswer {
  return {
    errorCode: 0,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  }
}
