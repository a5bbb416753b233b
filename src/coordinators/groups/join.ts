/**
 * JoinGroup. Rules: org.apache.kafka.coordinator.group.GroupMetadataManager (`classicGroupJoin...`), KIP-394 (member ids), KIP-345 (static members),
 * KIP-389 (group.max.size).
 */
import { errorCodes } from '../../protocol/index.ts'
import type { RequestId } from '../runtime/index.ts'
import { NEW_MEMBER_JOIN_TIMEOUT_MS } from './config.ts'
import type { GroupFollowUp, GroupWritten, JoinEvent } from './events.ts'
import { isLeader, newGroup, supportsProtocols } from './group.ts'
import type { Group, Member, Protocol } from './group.ts'
import {
  addMember,
  authenticate,
  hasSameProtocols,
  removeMember,
  setAwaitingJoin,
  updateMember,
} from './members.ts'
import {
  answerJoin,
  dismiss,
  joined,
  joinRefusal,
  rebalanceOrGoOn,
  scheduleSession,
} from './rebalance.ts'
import { findGroup, firstRecordOf, NO_BYTES, timerKey } from './state.ts'
import type { GroupStep } from './state.ts'
import { replaceStaticMember } from './static-member.ts'

/** Versions from 4 on must come back with the id they were given (KIP-394): clients that never come back leave no member behind. */
const MEMBER_ID_REQUIRED_SINCE = 4

export function onJoin(step: GroupStep, event: JoinEvent): void {
  const { groupId, memberId } = event.call
  const refuse = (errorCode: number, id = memberId): void =>
    step.answer(event.request, joinRefusal(id, errorCode))
  const known = findGroup(step, groupId)
  if (known === null && memberId !== '') return refuse(errorCodes.UNKNOWN_MEMBER_ID)
  const group = known ?? newGroup(groupId, step.nowMs)
  if (!hasRoomFor(group, memberId, step.config.groupSizeMax)) {
    removeMember(group, memberId)
    return refuse(errorCodes.GROUP_MAX_SIZE_REACHED, '')
  }
  if (!supportsProtocols(group, event.call.protocolType, event.call.protocols)) {
    return refuse(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
  }
  step.live.set(groupId, group)
  if (memberId === '') joinAsNew(step, group, event)
  else joinAsKnown(step, group, event)
  if (known === null && step.records.length === 0) {
    // The group exists once the log says so.
    step.append(firstRecordOf(group))
    const followUp: GroupFollowUp = { kind: 'groupWritten', groupId }
    step.continueWith(followUp)
  }
}

/** A group that could not be written is taken back, unless the log holds it after all and only its commit is late. */
export function onGroupWritten(step: GroupStep, followUp: GroupWritten, errorCode: number): void {
  const { groupId } = followUp
  const group = step.live.get(groupId)
  if (errorCode === 0 || group === undefined || step.stored.metadata.has(groupId)) return
  for (const member of group.members.values()) {
    dismiss(step, group, member, errorCode)
    step.cancel(timerKey('session', groupId, member.memberId))
  }
  for (const memberId of group.pendingJoin) step.cancel(timerKey('session', groupId, memberId))
  step.cancel(timerKey('join', groupId))
  step.live.delete(groupId)
}

/**
 * During a rebalance those who have joined count, not those who are in the group: so the last to come are the ones left out when `group.max.size` was
 * lowered.
 */
function hasRoomFor(group: Group, memberId: string, groupSizeMax: number): boolean {
  const member = group.members.get(memberId)
  if (group.state === 'Empty') return true
  if (group.state !== 'PreparingRebalance') {
    return member !== undefined || group.members.size < groupSizeMax
  }
  const hasJoined = member !== undefined && member.awaitingJoin !== null
  return hasJoined || group.awaitingJoinCount < groupSizeMax
}

function joinAsNew(step: GroupStep, group: Group, event: JoinEvent): void {
  const { request, call, context } = event
  const { groupInstanceId } = call
  const newId = `${groupInstanceId ?? context.clientId}-${event.uniqueId}`
  if (groupInstanceId !== null) {
    const oldId = group.staticMembers.get(groupInstanceId)
    if (oldId === undefined) addAndRebalance(step, group, event, newId)
    else replaceStaticMember(step, group, { event, oldId, newId, protocols: ownProtocols(event) })
  } else if (context.apiVersion >= MEMBER_ID_REQUIRED_SINCE) {
    group.pendingJoin.add(newId)
    const { groupId } = group
    const timer = { kind: 'sessionExpired', groupId, memberId: newId } as const
    step.schedule(timerKey('session', groupId, newId), call.sessionTimeoutMs, timer)
    step.answer(request, joinRefusal(newId, errorCodes.MEMBER_ID_REQUIRED))
  } else addAndRebalance(step, group, event, newId)
}

function joinAsKnown(step: GroupStep, group: Group, event: JoinEvent): void {
  const { request, call } = event
  const { memberId, groupInstanceId } = call
  if (group.pendingJoin.has(memberId)) {
    // Only dynamic members are sent away to come back.
    if (groupInstanceId === null) return addAndRebalance(step, group, event, memberId)
    return step.answer(request, joinRefusal(memberId, errorCodes.UNKNOWN_SERVER_ERROR))
  }
  const member = authenticate(group, memberId, groupInstanceId)
  if (typeof member === 'number') return step.answer(request, joinRefusal(memberId, member))
  switch (group.state) {
    case 'PreparingRebalance':
      return rejoin(step, group, member, event)
    case 'CompletingRebalance':
      // With the same metadata: it has missed the answer to its last JoinGroup.
      if (!hasSameProtocols(member, call.protocols)) return rejoin(step, group, member, event)
      return step.answer(request, joined(group, member))
    case 'Stable':
      // The leader may want a rebalance for reasons that its metadata does not show.
      if (isLeader(group, memberId) || !hasSameProtocols(member, call.protocols)) {
        return rejoin(step, group, member, event)
      }
      return step.answer(request, { ...joined(group, member), members: [] })
    case 'Empty':
      return step.answer(request, joinRefusal(memberId, errorCodes.UNKNOWN_MEMBER_ID))
  }
}

function rejoin(step: GroupStep, group: Group, member: Member, event: JoinEvent): void {
  const { rebalanceTimeoutMs, sessionTimeoutMs } = event.call
  const protocols = ownProtocols(event)
  updateMember(group, member, { protocols, rebalanceTimeoutMs, sessionTimeoutMs })
  park(step, group, member, event.request)
  rebalanceOrGoOn(step, group, `member '${member.memberId}' rejoins${reasonOf(event)}`)
}

function addAndRebalance(step: GroupStep, group: Group, event: JoinEvent, memberId: string): void {
  const { call, context } = event
  const member: Member = {
    memberId,
    groupInstanceId: call.groupInstanceId,
    clientId: context.clientId,
    clientHost: context.clientHost,
    protocolType: call.protocolType,
    rebalanceTimeoutMs: call.rebalanceTimeoutMs,
    sessionTimeoutMs: call.sessionTimeoutMs,
    protocols: ownProtocols(event),
    assignment: NO_BYTES,
    awaitingJoin: event.request,
    awaitingSync: null,
    isNew: true,
  }
  if (group.state === 'PreparingRebalance' && group.isInitialRebalance) group.newMemberAdded = true
  addMember(group, member)
  // It does not know its id yet and cannot send heartbeats. Should its connection break meanwhile it will come back as somebody else, so its
  // JoinGroup may not be parked for ever.
  scheduleSession(step, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS)
  rebalanceOrGoOn(step, group, `member '${memberId}' joins${reasonOf(event)}`)
}

/** Parks the member's JoinGroup. One that was parked already is sent away: its client has given it up. */
export function park(step: GroupStep, group: Group, member: Member, request: RequestId): void {
  const { memberId } = member
  answerJoin(step, group, member, joinRefusal(memberId, errorCodes.REBALANCE_IN_PROGRESS))
  setAwaitingJoin(group, member, request)
}

/** The metadata is kept as long as the member: a view would keep the whole request. */
function ownProtocols({ call }: JoinEvent): readonly Protocol[] {
  return call.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }))
}

/** For log lines; clients may say why they join (KIP-800). */
export function reasonOf({ call }: JoinEvent): string {
  return call.reason === null || call.reason === '' ? '' : ` (${call.reason.slice(0, 255)})`
}
