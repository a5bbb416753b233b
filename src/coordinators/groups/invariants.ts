/** What must always hold of the groups of a shard, whatever has happened. For tests and the simulator. */
import { assert } from '../../base/index.ts'
import type { Group } from './group.ts'
import { groupFromLog } from './state.ts'
import type { GroupsState } from './state.ts'

/** Always: every group is consistent in itself, and agrees with what the log says of it. */
export function checkGroups({ stored, live }: GroupsState): void {
  for (const [groupId, group] of live) {
    assert(group.groupId === groupId, `Group '${group.groupId}' is filed under '${groupId}'`)
    checkMembers(group)
    checkState(group)
    const value = stored.metadata.get(groupId)
    if (value !== undefined) checkAgainstLog(group, groupFromLog(groupId, value))
  }
}

function checkMembers(group: Group): void {
  const { groupId, members } = group
  const counts = new Map<string, number>()
  const staticMembers = new Map<string, string>()
  let awaitingJoinCount = 0
  for (const [memberId, member] of members) {
    assert(member.memberId === memberId, `'${member.memberId}' is filed under '${memberId}'`)
    assert(member.protocolType === group.protocolType, `'${memberId}' is of another type`)
    assert(!group.pendingJoin.has(memberId), `'${memberId}' is a member, and pending`)
    if (member.awaitingJoin !== null) awaitingJoinCount += 1
    if (member.groupInstanceId !== null) staticMembers.set(member.groupInstanceId, memberId)
    for (const name of new Set(member.protocols.map((protocol) => protocol.name))) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  assert(isSameMap(counts, group.protocolCounts), `Group '${groupId}' miscounts its protocols`)
  assert(isSameMap(staticMembers, group.staticMembers), `Group '${groupId}' mistakes an instance`)
  assert(awaitingJoinCount === group.awaitingJoinCount, `Group '${groupId}' miscounts who joined`)
  const isShared = members.size === 0 || [...counts.values()].includes(members.size)
  assert(isShared, `The members of group '${groupId}' have no protocol in common`)
}

function checkState(group: Group): void {
  const { groupId, state, members, leaderId } = group
  const hasLeader = leaderId !== null && members.has(leaderId)
  assert(hasLeader || members.size === 0, `Group '${groupId}' has members but no leader`)
  assert(state !== 'Empty' || members.size === 0, `The empty group '${groupId}' has members`)
  // A group whose last member is being removed passes on within the same step.
  const mayBeWithout = state === 'Empty' || state === 'PreparingRebalance'
  assert(mayBeWithout || members.size > 0, `Group '${groupId}' is ${state} without members`)
  for (const memberId of group.pendingSync) {
    assert(members.has(memberId), `'${memberId}' is awaited in group '${groupId}' but no member`)
  }
  for (const { memberId, awaitingJoin, awaitingSync } of members.values()) {
    const isRebalancing = state === 'PreparingRebalance' || state === 'CompletingRebalance'
    assert(awaitingSync === null || isRebalancing, `'${memberId}' awaits a sync that is over`)
    assert(awaitingJoin === null || awaitingSync === null, `'${memberId}' awaits two answers`)
  }
}

/** The log is never ahead: it may lag behind while a generation is in the making. */
function checkAgainstLog(group: Group, logged: Group): void {
  const { groupId } = group
  assert(logged.generationId <= group.generationId, `The log is ahead of group '${groupId}'`)
  if (group.state !== 'Stable' || logged.generationId < group.generationId) return
  if (logged.members.size === 0) return
  for (const [memberId, member] of group.members) {
    const written = logged.members.get(memberId)
    // A static member that returns is written at once; if that failed it is who it was before.
    if (written === undefined) continue
    const isSame = written.assignment.equals(member.assignment)
    assert(isSame, `The assignment of '${memberId}' in group '${groupId}' is not what is written`)
  }
}

function isSameMap<V>(left: ReadonlyMap<string, V>, right: ReadonlyMap<string, V>): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value)
}

/** Between two moments: generations never fall while a group exists. */
export function checkProgress(
  before: ReadonlyMap<string, number>,
  { live }: Pick<GroupsState, 'live'>,
): void {
  for (const [groupId, { generationId }] of live) {
    const known = before.get(groupId)
    assert(known === undefined || known <= generationId, `Group '${groupId}' has gone back`)
  }
}
