/** Changes of who is in a group. They keep the counters of {@link Group} right. */
import { assert, present } from '../../base/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type { RequestId } from '../runtime/index.ts'
import type { Group, Member, Protocol } from './group.ts'

/** Adds a member. The first one gives an empty group its protocol type, and leads it. */
export function addMember(group: Group, member: Member): void {
  const { memberId, groupInstanceId } = member
  if (groupInstanceId !== null) {
    const isKnown = group.staticMembers.has(groupInstanceId)
    assert(!isKnown, `Instance '${groupInstanceId}' is a member of '${group.groupId}' already`)
    group.staticMembers.set(groupInstanceId, memberId)
  }
  assert(!group.members.has(memberId), `'${memberId}' is a member of '${group.groupId}' already`)
  if (group.members.size === 0) group.protocolType = member.protocolType
  group.leaderId ??= memberId
  group.members.set(memberId, member)
  countProtocols(group, member.protocols, 1)
  if (member.awaitingJoin !== null) group.awaitingJoinCount += 1
  group.pendingJoin.delete(memberId)
}

/** Removes a member or pending member, whichever it is. If it led the group, the first of the others does. */
export function removeMember(group: Group, memberId: string): void {
  const member = group.members.get(memberId)
  if (member !== undefined) {
    group.members.delete(memberId)
    countProtocols(group, member.protocols, -1)
    if (member.awaitingJoin !== null) group.awaitingJoinCount -= 1
    if (member.groupInstanceId !== null) group.staticMembers.delete(member.groupInstanceId)
  }
  if (group.leaderId === memberId) group.leaderId = firstMemberId(group)
  group.pendingJoin.delete(memberId)
  group.pendingSync.delete(memberId)
}

function firstMemberId(group: Group): string | null {
  for (const memberId of group.members.keys()) return memberId
  return null
}

/**
 * Gives a static member the id under which it has come back, in the place of the old one. The caller has answered what was parked.
 *
 * @returns the member under its new id
 */
export function renameStaticMember(group: Group, oldId: string, newId: string): Member {
  const old = present(group.members.get(oldId), `'${oldId}' is no member of '${group.groupId}'`)
  assert(old.groupInstanceId !== null, `Member '${oldId}' of '${group.groupId}' is not static`)
  assert(old.awaitingJoin === null && old.awaitingSync === null, `'${oldId}' awaits an answer`)
  const renamed: Member = { ...old, memberId: newId, isNew: false }
  // In the place of the old one: its order is its age in the group.
  const members = [...group.members.values()]
  group.members.clear()
  for (const member of members) {
    const next = member === old ? renamed : member
    group.members.set(next.memberId, next)
  }
  if (group.leaderId === oldId) group.leaderId = newId
  group.staticMembers.set(old.groupInstanceId, newId)
  group.pendingSync.delete(oldId)
  return renamed
}

/** Makes the leader somebody who has joined the rebalance. False: nobody has. */
export function electJoinedLeader(group: Group): boolean {
  if (group.leaderId === null) return false
  const leader = group.members.get(group.leaderId)
  if (leader !== undefined && leader.awaitingJoin !== null) return true
  for (const member of group.members.values()) {
    if (member.awaitingJoin === null) continue
    group.leaderId = member.memberId
    return true
  }
  return false
}

export function setAwaitingJoin(group: Group, member: Member, request: RequestId | null): void {
  group.awaitingJoinCount += (request === null ? 0 : 1) - (member.awaitingJoin === null ? 0 : 1)
  member.awaitingJoin = request
}

/** Takes over what a member's newest JoinGroup says. */
export function updateMember(
  group: Group,
  member: Member,
  news: Pick<Member, 'protocols' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs'>,
): void {
  countProtocols(group, member.protocols, -1)
  member.protocols = news.protocols
  countProtocols(group, member.protocols, 1)
  member.rebalanceTimeoutMs = news.rebalanceTimeoutMs
  member.sessionTimeoutMs = news.sessionTimeoutMs
}

function countProtocols(group: Group, protocols: readonly Protocol[], by: 1 | -1): void {
  const { protocolCounts } = group
  // A member that names a protocol twice supports it once.
  for (const name of new Set(protocols.map((protocol) => protocol.name))) {
    const count = (protocolCounts.get(name) ?? 0) + by
    if (count === 0) protocolCounts.delete(name)
    else protocolCounts.set(name, count)
  }
}

/** The member that calls, or the error: UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when its instance has come back under another id. */
export function authenticate(
  group: Group,
  memberId: string,
  groupInstanceId: string | null,
): Member | number {
  if (groupInstanceId !== null) {
    const current = group.staticMembers.get(groupInstanceId)
    if (current === undefined) return errorCodes.UNKNOWN_MEMBER_ID
    if (current !== memberId) return errorCodes.FENCED_INSTANCE_ID
  }
  return group.members.get(memberId) ?? errorCodes.UNKNOWN_MEMBER_ID
}

/** True when the member's newest protocols are the ones it is in the group with. */
export function hasSameProtocols(member: Member, protocols: readonly Protocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every((known, index) => {
      const other = protocols[index]
      return known.name === other?.name && known.metadata.equals(other.metadata)
    })
  )
}
