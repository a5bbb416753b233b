/**
 * A classic group while it is alive: who is in it, what phase its rebalance is in, who waits for an answer. Most of it is not in the log: a group
 * is written when a generation has its assignment, when it becomes empty, and when a static member is replaced.
 *
 *     Empty ─► PreparingRebalance ─► CompletingRebalance ─► Stable
 *       ▲          │  ▲                      │                │
 *       └──────────┘  └──────────────────────┴────────────────┘
 *
 * To PreparingRebalance: a member joins, leaves or fails. From there to CompletingRebalance: all have joined or the time is up; to Empty: nobody has
 * joined. To Stable: the leader's assignment is committed.
 *
 * Rules: org.apache.kafka.coordinator.group.classic.ClassicGroup.
 */
import { assert } from '../../base/index.ts'
import type { RequestId } from '../runtime/index.ts'
import { subscribedTopicsOf } from './subscription.ts'

/** Kafka's names, which DescribeGroups and ListGroups show. A group that is gone is described as {@link DEAD}. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'
export const DEAD = 'Dead'

/** Protocol type of consumers; only of those the coordinator understands the subscription. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer'

/** An assignment strategy that a member supports, with its opaque metadata (for consumers: their subscription). */
export interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface Member {
  readonly memberId: string
  /** Of a static member (KIP-345). */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  /** Most preferred first. */
  protocols: readonly Protocol[]
  assignment: Buffer
  /** The parked JoinGroup. */
  awaitingJoin: RequestId | null
  /** The parked SyncGroup. */
  awaitingSync: RequestId | null
  /** Has not yet been told its member id by the end of a rebalance. */
  isNew: boolean
}

export interface Group {
  readonly groupId: string
  state: GroupState
  /** The rebalance under way began with an empty group: it waits its delay, however many have joined. */
  isInitialRebalance: boolean
  /** Somebody joined during the delay of the initial rebalance: it may be extended. */
  newMemberAdded: boolean
  /** Wall clock of the last change of state; null where an old record did not say. */
  stateSinceMs: number | null
  /** null: a simple group, which only stores offsets. */
  protocolType: string | null
  protocolName: string | null
  generationId: number
  leaderId: string | null
  /** In the order of joining. Changed only by members.ts. */
  readonly members: Map<string, Member>
  /** groupInstanceId → memberId */
  readonly staticMembers: Map<string, string>
  /** Members that were given an id and have not come back with it. */
  readonly pendingJoin: Set<string>
  /** Members of this generation that have not sent SyncGroup. */
  readonly pendingSync: Set<string>
  /** How many members support each protocol. */
  readonly protocolCounts: Map<string, number>
  /** How many members have a JoinGroup parked. */
  awaitingJoinCount: number
  /** Topics of all members; null when unknown. */
  subscribedTopics: ReadonlySet<string> | null
}

export function newGroup(groupId: string, nowMs: number): Group {
  return {
    groupId,
    state: 'Empty',
    isInitialRebalance: false,
    newMemberAdded: false,
    stateSinceMs: nowMs,
    protocolType: null,
    protocolName: null,
    generationId: 0,
    leaderId: null,
    members: new Map(),
    staticMembers: new Map(),
    pendingJoin: new Set(),
    pendingSync: new Set(),
    protocolCounts: new Map(),
    awaitingJoinCount: 0,
    subscribedTopics: null,
  }
}

const MAY_FOLLOW: Readonly<Record<GroupState, readonly GroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

export function transition(group: Group, to: GroupState, nowMs: number): void {
  assert(
    MAY_FOLLOW[to].includes(group.state),
    `Cannot take group '${group.groupId}' from ${group.state} to ${to}`,
  )
  group.isInitialRebalance = group.state === 'Empty'
  group.state = to
  group.stateSinceMs = nowMs
}

/** True in the states that a rebalance may begin in. */
export function canRebalance(group: Group): boolean {
  return MAY_FOLLOW.PreparingRebalance.includes(group.state)
}

export function isLeader(group: Group, memberId: string): boolean {
  return group.leaderId === memberId
}

/** The longest that a rebalance waits for its members. */
export function rebalanceTimeoutMsOf(group: Group): number {
  let longest = 0
  for (const member of group.members.values())
    longest = Math.max(longest, member.rebalanceTimeoutMs)
  return longest
}

/** Every member has a JoinGroup parked, and nobody holds an id with which to come back. */
export function hasAllJoined(group: Group): boolean {
  return group.members.size === group.awaitingJoinCount && group.pendingJoin.size === 0
}

/** True when a member with these protocols can be in the group: at least one is common to all. */
export function supportsProtocols(
  group: Group,
  protocolType: string,
  protocols: readonly Protocol[],
): boolean {
  if (group.state === 'Empty') return protocolType !== '' && protocols.length > 0
  if (group.protocolType !== protocolType) return false
  const memberCount = group.members.size
  return protocols.some(({ name }) => (group.protocolCounts.get(name) ?? 0) === memberCount)
}

/** The protocol of the next generation: each member votes for its first that all support; ties go to the one voted for first. */
export function selectProtocol(group: Group): string {
  const memberCount = group.members.size
  assert(memberCount > 0, `Cannot select a protocol for the empty group '${group.groupId}'`)
  const votes = new Map<string, number>()
  for (const { protocols } of group.members.values()) {
    const vote = protocols.find(({ name }) => group.protocolCounts.get(name) === memberCount)
    assert(vote !== undefined, `The members of group '${group.groupId}' have no protocol in common`)
    votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1)
  }
  let best = ''
  let bestVotes = 0
  for (const [name, count] of votes) {
    if (count <= bestVotes) continue
    best = name
    bestVotes = count
  }
  return best
}

/** The member's metadata for the group's protocol. */
export function metadataOf(member: Member, protocolName: string): Buffer {
  const protocol = member.protocols.find(({ name }) => name === protocolName)
  assert(protocol !== undefined, `Member '${member.memberId}' does not support '${protocolName}'`)
  return protocol.metadata
}

/** Begins the next generation: selects its protocol, or leaves the group empty when it has no members. */
export function beginGeneration(group: Group, nowMs: number): void {
  group.generationId += 1
  const isEmpty = group.members.size === 0
  group.protocolName = isEmpty ? null : selectProtocol(group)
  group.subscribedTopics = computeSubscribedTopics(group)
  transition(group, isEmpty ? 'Empty' : 'CompletingRebalance', nowMs)
  group.pendingSync.clear()
}

/** The union of the members' topics; null when it cannot be known. */
export function computeSubscribedTopics(group: Group): ReadonlySet<string> | null {
  if (!usesConsumerProtocol(group)) return null
  const all = new Set<string>()
  if (group.members.size === 0) return all
  if (group.protocolName === null) return null
  for (const member of group.members.values()) {
    const topics = subscribedTopicsOf(metadataOf(member, group.protocolName))
    if (topics === null) return null
    for (const topic of topics) all.add(topic)
  }
  return all
}

export function usesConsumerProtocol(group: Group): boolean {
  return group.protocolType === CONSUMER_PROTOCOL_TYPE
}

/** Whether a member reads the topic. Of consumers that cannot be understood it is assumed. */
export function isSubscribedTo(group: Group, topic: string): boolean {
  return group.subscribedTopics?.has(topic) ?? usesConsumerProtocol(group)
}
