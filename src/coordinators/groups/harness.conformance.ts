/** Drives the core of the group coordinator without a shard: time, log and commits are plain values that a test turns by hand. */
import { deepStrictEqual } from 'node:assert/strict'
import { ZERO_UUID } from '../../base/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type { Decision, DraftRecord, RequestId } from '../runtime/index.ts'
import type {
  CommittingTopic,
  DeletedGroup,
  DescribedGroup,
  FetchedGroupAnswer,
  HeartbeatAnswer,
  JoinAnswer,
  LeaveAnswer,
  LeavingMember,
  ListedGroup,
  OffsetCommitAnswer,
  OffsetDeleteAnswer,
  SyncAnswer,
} from './api.ts'
import { defaultGroupConfig } from './config.ts'
import type { GroupConfig } from './config.ts'
import type { GroupAnswer, GroupEvent, GroupFollowUp } from './events.ts'
import type { Group } from './group.ts'
import { checkGroups, checkProgress } from './invariants.ts'
import { groupMachine } from './machine.ts'
import type { GroupMachine } from './machine.ts'
import { StoredGroups } from './stored.ts'
import type { GroupsState } from './state.ts'

type GroupDecision = Decision<GroupEvent, GroupFollowUp, GroupAnswer>

export interface JoinOptions {
  readonly memberId?: string
  readonly instanceId?: string | null
  readonly protocolType?: string
  /** name → metadata */
  readonly protocols?: Readonly<Record<string, string | Buffer>>
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly apiVersion?: number
  readonly clientId?: string
}

export interface CommitOptions {
  readonly memberId?: string
  readonly instanceId?: string | null
  readonly generationId?: number
  readonly metadata?: string | null
  readonly retentionTimeMs?: number
  readonly apiVersion?: number
  readonly topicId?: string
  readonly leaderEpoch?: number
}

/** The answer is owed still, or an error took its place. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export class CoreHarness {
  readonly machine: GroupMachine
  readonly state: GroupsState
  readonly log: DraftRecord[] = []
  readonly answers = new Map<RequestId, GroupAnswer | { readonly failedWith: number }>()
  readonly timers = new Map<string, { atMs: number; event: GroupEvent }>()
  nowMs = 1_000_000
  /** Appends fail with this error. */
  appendError = 0
  /** Commits wait for {@link commitAll}. */
  holdsCommits = false
  #held: Array<(errorCode: number) => void> = []
  #lastRequest = 0
  #lastUniqueId = 0
  #generations = new Map<string, number>()

  constructor(config: Partial<GroupConfig> = {}) {
    this.machine = groupMachine({ ...defaultGroupConfig, ...config })
    this.state = this.machine.blank()
    this.perform(this.machine.loaded(this.state, this.nowMs))
  }

  /** A second coordinator that has read this one's log. */
  reloaded(config: Partial<GroupConfig> = {}): CoreHarness {
    const other = new CoreHarness(config)
    other.nowMs = this.nowMs
    for (const record of this.log) other.#append(record)
    other.perform(other.machine.loaded(other.state, other.nowMs))
    return other
  }

  perform(decision: GroupDecision): void {
    const errorCode = decision.records.length > 0 ? this.appendError : 0
    if (errorCode === 0) for (const record of decision.records) this.#append(record)
    for (const { key, delayMs, event } of decision.timers) {
      if (event === null) this.timers.delete(key)
      else this.timers.set(key, { atMs: this.nowMs + delayMs, event })
    }
    for (const { to, response, whenCommitted } of decision.answers) {
      if (!whenCommitted) this.#settle(to, response)
      else {
        this.#afterCommit(errorCode, (code) =>
          this.#settle(to, code === 0 ? response : { failedWith: code }),
        )
      }
    }
    const { followUp } = decision
    if (followUp === null) return
    this.#afterCommit(errorCode, (code) => {
      this.perform(this.machine.finish(this.state, followUp, code, this.nowMs))
    })
  }

  #append({ key, value }: DraftRecord): void {
    const offset = this.log.length
    this.log.push({ key, value })
    this.machine.apply(this.state, { offset, key, value, transactionalProducerId: -1 })
  }

  #afterCommit(errorCode: number, done: (errorCode: number) => void): void {
    if (errorCode === 0 && this.holdsCommits) this.#held.push(done)
    else done(errorCode)
  }

  #settle(request: RequestId, answer: GroupAnswer | { readonly failedWith: number }): void {
    if (this.answers.has(request)) throw new Error(`Request ${request} was answered twice`)
    this.answers.set(request, answer)
  }

  /** Lets everything that was held be committed, or fail. */
  commitAll(errorCode = 0): void {
    const held = this.#held
    this.#held = []
    for (const done of held) done(errorCode)
    this.check()
  }

  tell(event: GroupEvent): void {
    this.perform(this.machine.decide(this.state, event, this.nowMs))
    this.check()
  }

  ask(event: (request: RequestId) => GroupEvent): RequestId {
    const request = ++this.#lastRequest
    this.tell(event(request))
    return request
  }

  /** Fires the timers of the next `ms`, in order. */
  advance(ms: number): void {
    const endMs = this.nowMs + ms
    for (;;) {
      const due = [...this.timers]
        .filter(([, { atMs }]) => atMs <= endMs)
        .sort(([, a], [, b]) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      const [key, { atMs, event }] = due
      this.timers.delete(key)
      this.nowMs = Math.max(this.nowMs, atMs)
      this.tell(event)
    }
    this.nowMs = endMs
  }

  /** Invariants, and: the state that was lived is the state that the log gives. */
  check(): void {
    checkGroups(this.state)
    checkProgress(this.#generations, this.state)
    this.#generations = new Map([...this.state.live].map(([id, group]) => [id, group.generationId]))
    const replayed = new StoredGroups()
    this.log.forEach(({ key, value }, offset) =>
      replayed.apply({ offset, key, value, transactionalProducerId: -1 }),
    )
    deepStrictEqual(replayed, this.state.stored)
  }

  group(groupId = 'g'): Group {
    const group = this.state.live.get(groupId)
    if (group === undefined) throw new Error(`There is no group '${groupId}'`)
    return group
  }

  /** The answer, or null while it is owed. */
  answer(request: RequestId): GroupAnswer | null {
    const answer = this.answers.get(request)
    return answer === undefined ? null : (answer as GroupAnswer)
  }

  #answered(request: RequestId): GroupAnswer {
    const answer = this.answers.get(request)
    if (answer === undefined) throw new NoAnswer(`Request ${request} has not been answered`)
    if ('failedWith' in answer) throw new NoAnswer(`Request ${request} failed`)
    return answer
  }

  join(groupId: string, options: JoinOptions = {}): RequestId {
    const protocols = Object.entries(options.protocols ?? { range: 'subscription' })
    return this.ask((request) => ({
      kind: 'join',
      request,
      uniqueId: String(++this.#lastUniqueId),
      context: {
        clientId: options.clientId ?? 'client',
        clientHost: '/127.0.0.1',
        apiVersion: options.apiVersion ?? 9,
      },
      call: {
        groupId,
        memberId: options.memberId ?? '',
        groupInstanceId: options.instanceId ?? null,
        sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
        rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 60_000,
        protocolType: options.protocolType ?? 'consumer',
        protocols: protocols.map(([name, metadata]) => ({ name, metadata: Buffer.from(metadata) })),
        reason: null,
      },
    }))
  }

  joinAnswer(request: RequestId): JoinAnswer {
    return this.#answered(request) as JoinAnswer
  }

  /** Joins as clients from version 4 on do: fetches an id, then comes back with it. Returns the second request. */
  joinDynamic(groupId: string, options: JoinOptions = {}): RequestId {
    const first = this.joinAnswer(this.join(groupId, options))
    if (first.errorCode !== errorCodes.MEMBER_ID_REQUIRED) {
      throw new Error(`Cannot join: ${first.errorCode}`)
    }
    return this.join(groupId, { ...options, memberId: first.memberId })
  }

  sync(
    groupId: string,
    memberId: string,
    options: {
      readonly generationId?: number
      readonly instanceId?: string | null
      readonly assignments?: Readonly<Record<string, string>>
      readonly protocolType?: string | null
      readonly protocolName?: string | null
    } = {},
  ): RequestId {
    return this.ask((request) => ({
      kind: 'sync',
      request,
      call: {
        groupId,
        memberId,
        generationId: options.generationId ?? this.group(groupId).generationId,
        groupInstanceId: options.instanceId ?? null,
        protocolType: options.protocolType ?? null,
        protocolName: options.protocolName ?? null,
        assignments: Object.entries(options.assignments ?? {}).map(([id, assignment]) => ({
          memberId: id,
          assignment: Buffer.from(assignment),
        })),
      },
    }))
  }

  syncAnswer(request: RequestId): SyncAnswer {
    return this.#answered(request) as SyncAnswer
  }

  /** A stable group of `count` members; the first leads it. Each is assigned its own id. */
  stableGroup(groupId: string, count: number, options: JoinOptions = {}): string[] {
    const joins = Array.from({ length: count }, () => this.joinDynamic(groupId, options))
    for (let i = 0; i < 60 && joins.some((request) => !this.answers.has(request)); i++) {
      this.advance(500)
    }
    const ids = joins.map((request) => this.joinAnswer(request).memberId)
    this.syncAll(groupId, ids)
    return ids
  }

  /** All members sync, the leader last. */
  syncAll(groupId: string, ids: readonly string[]): void {
    const leader = this.group(groupId).leaderId ?? ''
    const assignments = Object.fromEntries(ids.map((id) => [id, `for ${id}`]))
    for (const id of ids) if (id !== leader) this.sync(groupId, id)
    this.sync(groupId, leader, { assignments })
  }

  heartbeat(
    groupId: string,
    memberId: string,
    generationId: number = this.state.live.get(groupId)?.generationId ?? 0,
    instanceId: string | null = null,
  ): number {
    const request = this.ask((id) => ({
      kind: 'heartbeat',
      request: id,
      call: { groupId, memberId, generationId, groupInstanceId: instanceId },
    }))
    return (this.#answered(request) as HeartbeatAnswer).errorCode
  }

  leave(groupId: string, ...members: ReadonlyArray<Partial<LeavingMember>>): LeaveAnswer {
    const request = this.ask((id) => ({
      kind: 'leave',
      request: id,
      groupId,
      members: members.map((member) => ({
        memberId: '',
        groupInstanceId: null,
        reason: null,
        ...member,
      })),
    }))
    return this.#answered(request) as LeaveAnswer
  }

  /** Sends a commit of `partition` → offset for one topic. */
  sendCommit(
    groupId: string,
    topic: string,
    offsets: Readonly<Record<number, number>>,
    options: CommitOptions = {},
  ): RequestId {
    const topics: CommittingTopic[] = [
      {
        name: topic,
        topicId: options.topicId ?? ZERO_UUID,
        partitions: Object.entries(offsets).map(([partition, offset]) => ({
          partitionIndex: Number(partition),
          committedOffset: offset,
          committedLeaderEpoch: options.leaderEpoch ?? -1,
          committedMetadata: options.metadata ?? '',
          refusal: 0,
        })),
      },
    ]
    return this.ask((request) => ({
      kind: 'commit',
      request,
      topics,
      apiVersion: options.apiVersion ?? 9,
      call: {
        groupId,
        memberId: options.memberId ?? '',
        groupInstanceId: options.instanceId ?? null,
        generationIdOrMemberEpoch: options.generationId ?? -1,
        retentionTimeMs: options.retentionTimeMs ?? -1,
      },
    }))
  }

  /** Error codes of a commit, by partition. */
  commit(...args: Parameters<CoreHarness['sendCommit']>): number[] {
    const answer = this.#answered(this.sendCommit(...args)) as OffsetCommitAnswer
    return answer.topics.flatMap(({ partitions }) => partitions.map((part) => part.errorCode))
  }

  /** Committed offsets of one topic by partition; -1: none. A refusal is `error <code>`. */
  fetch(
    groupId: string,
    topic: string,
    partitions: readonly number[],
    options: { readonly topicId?: string; readonly requireStable?: boolean } = {},
  ): Array<number | string> {
    const request = this.ask((id) => ({
      kind: 'fetch',
      request: id,
      requireStable: options.requireStable ?? false,
      group: {
        groupId,
        topics: [
          {
            name: topic,
            topicId: options.topicId ?? ZERO_UUID,
            partitionIndexes: partitions,
            refusal: 0,
          },
        ],
      },
    }))
    return (this.#answered(request) as FetchedGroupAnswer).topics.flatMap((answered) =>
      answered.partitions.map(({ errorCode, committedOffset }) =>
        errorCode === 0 ? committedOffset : `error ${errorCode}`,
      ),
    )
  }

  fetchAll(groupId: string): FetchedGroupAnswer['topics'] {
    const request = this.ask((id) => ({
      kind: 'fetch',
      request: id,
      requireStable: false,
      group: { groupId, topics: null },
    }))
    return (this.#answered(request) as FetchedGroupAnswer).topics
  }

  /** The error of the whole, or the errors of the partitions. */
  deleteOffsets(groupId: string, topic: string, partitions: readonly number[]): number | number[] {
    const request = this.ask((id) => ({
      kind: 'deleteOffsets',
      request: id,
      groupId,
      topics: [
        {
          name: topic,
          partitions: partitions.map((partitionIndex) => ({ partitionIndex, refusal: 0 })),
        },
      ],
    }))
    const answer = this.#answered(request) as OffsetDeleteAnswer
    if (answer.errorCode !== 0) return answer.errorCode
    return answer.topics.flatMap((answered) => answered.partitions.map((part) => part.errorCode))
  }

  describe(groupId: string, apiVersion = 6): DescribedGroup {
    const request = this.ask((id) => ({
      kind: 'describe',
      request: id,
      groupIds: [groupId],
      apiVersion,
    }))
    const [described] = this.#answered(request) as readonly DescribedGroup[]
    if (described === undefined) throw new Error('Nothing was described')
    return described
  }

  /** Ids of the groups that are listed. */
  list(states: readonly string[] = [], types: readonly string[] = []): string[] {
    const request = this.ask((id) => ({
      kind: 'list',
      request: id,
      states: new Set(states),
      types: new Set(types),
    }))
    return (this.#answered(request) as readonly ListedGroup[]).map((group) => group.groupId)
  }

  delete(...groupIds: readonly string[]): number[] {
    const request = this.ask((id) => ({ kind: 'delete', request: id, groupIds }))
    return (this.#answered(request) as readonly DeletedGroup[]).map((result) => result.errorCode)
  }
}
