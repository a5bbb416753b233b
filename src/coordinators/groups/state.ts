/** All groups of one `__consumer_offsets` partition: what the log says of them, and those that are alive. */
import { Step } from '../runtime/index.ts'
import type { DraftRecord } from '../runtime/index.ts'
import type { GroupConfig } from './config.ts'
import type { GroupAnswer, GroupEvent, GroupFollowUp } from './events.ts'
import { computeSubscribedTopics, metadataOf, newGroup } from './group.ts'
import type { Group } from './group.ts'
import { addMember } from './members.ts'
import { groupMetadataRecord, readGroupMetadata } from './records.ts'
import { hasOpenTransaction, StoredGroups } from './stored.ts'
import type { StoredView } from './stored.ts'

export interface GroupsState {
  /** Changed by the fold alone. */
  readonly stored: StoredGroups
  /**
   * Groups with members or a history of them, until the log deletes them. A group that only stores offsets is not among them.
   */
  readonly live: Map<string, Group>
}

export function blankGroups(): GroupsState {
  return { stored: new StoredGroups(), live: new Map() }
}

/** One event being worked on. */
export class GroupStep extends Step<GroupEvent, GroupFollowUp, GroupAnswer> {
  readonly stored: StoredView
  readonly live: Map<string, Group>
  readonly config: GroupConfig
  /** Wall clock. */
  readonly nowMs: number

  constructor(state: GroupsState, config: GroupConfig, nowMs: number) {
    super()
    this.stored = state.stored
    this.live = state.live
    this.config = config
    this.nowMs = nowMs
  }
}

/**
 * The group, or null when there is none. What the log knows and nobody has asked for comes to life; a group that only stores offsets is made up for
 * the occasion, and lives on only if it gets a member.
 */
export function findGroup({ stored, live, nowMs }: GroupStep, groupId: string): Group | null {
  const known = live.get(groupId)
  if (known !== undefined) return known
  const metadata = stored.metadata.get(groupId)
  if (metadata !== undefined) {
    const group = groupFromLog(groupId, metadata)
    live.set(groupId, group)
    return group
  }
  const storesOffsets = stored.offsets.has(groupId) || hasOpenTransaction(stored, groupId)
  return storesOffsets ? newGroup(groupId, nowMs) : null
}

/** The ids of all groups. */
export function groupIds({ stored, live }: Pick<GroupStep, 'stored' | 'live'>): Set<string> {
  const ids = new Set(stored.metadata.keys())
  for (const groupId of stored.offsets.keys()) ids.add(groupId)
  for (const offsets of stored.pending.values())
    for (const groupId of offsets.keys()) ids.add(groupId)
  for (const groupId of live.keys()) ids.add(groupId)
  return ids
}

/** A group as its newest GroupMetadata record left it (org.apache.kafka.coordinator.group.GroupMetadataManager, `replay`). */
export function groupFromLog(groupId: string, value: Buffer): Group {
  const stored = readGroupMetadata(value)
  const group = newGroup(groupId, 0)
  group.state = stored.members.length === 0 ? 'Empty' : 'Stable'
  group.stateSinceMs = stored.currentStateTimestamp === -1 ? null : stored.currentStateTimestamp
  group.protocolType = stored.protocolType === '' ? null : stored.protocolType
  group.protocolName = stored.protocol
  group.generationId = stored.generation
  group.leaderId = stored.leader
  for (const member of stored.members) {
    const { memberId, groupInstanceId, clientId, clientHost, sessionTimeout } = member
    addMember(group, {
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      protocolType: stored.protocolType,
      // Records of version 0 lack it.
      rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? sessionTimeout : member.rebalanceTimeout,
      sessionTimeoutMs: sessionTimeout,
      protocols: [{ name: stored.protocol ?? '', metadata: member.subscription }],
      assignment: member.assignment,
      awaitingJoin: null,
      awaitingSync: null,
      isNew: false,
    })
  }
  group.subscribedTopics = computeSubscribedTopics(group)
  return group
}

/** The GroupMetadata record of the group as it is, with these assignments (memberId → bytes; none: empty). */
export function recordOf(group: Group, assignments: ReadonlyMap<string, Buffer>): DraftRecord {
  const members = [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: metadataOf(member, group.protocolName ?? ''),
    assignment: assignments.get(member.memberId) ?? NO_BYTES,
  }))
  return groupMetadataRecord(group.groupId, {
    protocolType: group.protocolType ?? '',
    generation: group.generationId,
    protocol: group.protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateSinceMs ?? -1,
    members,
  })
}

/** The first record of a group, before any generation. */
export function firstRecordOf(group: Group): DraftRecord {
  return groupMetadataRecord(group.groupId, {
    protocolType: '',
    generation: 0,
    protocol: null,
    leader: null,
    currentStateTimestamp: group.stateSinceMs ?? -1,
    members: [],
  })
}

export const NO_BYTES: Buffer = Buffer.alloc(0)

/** Key of a timer. The length keeps ids with separators in them apart. */
export function timerKey(
  kind: 'session' | 'join' | 'sync',
  groupId: string,
  memberId = '',
): string {
  return `${kind}/${groupId.length}/${groupId}/${memberId}`
}
