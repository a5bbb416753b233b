import type { Clock, Entropy, Telemetry } from '../../io/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import type { Codec } from '../../records/index.ts'
import { coordinatorPartition, Shard } from '../runtime/index.ts'
import type { Outcome, RequestId, ShardLog, ShardPhase } from '../runtime/index.ts'
import {
  failedCommit,
  failedDescription,
  failedFetch,
  finishFetch,
  finishJoin,
  finishLeave,
  leavingMembers,
  refusedDeletion,
} from './answers.ts'
import type * as api from './api.ts'
import type { CallContext } from './api.ts'
import type { GroupConfig } from './config.ts'
import type { GroupAnswer, GroupEvent, GroupFollowUp, TopicsDeletedEvent } from './events.ts'
import { groupMachine } from './machine.ts'
import type { GroupMachine } from './machine.ts'
import { overviewOf } from './overview.ts'
import type { GroupOverview } from './overview.ts'
import type { GroupsState } from './state.ts'
import {
  committingTopics,
  deletingTopics,
  fetchedGroups,
  namesTopicsById,
  withTopicIds,
} from './topic-lookup.ts'
import type { TopicLookup } from './topic-lookup.ts'
import { randomUniqueId } from './unique-id.ts'

export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly entropy: Entropy
  readonly telemetry: Telemetry
  readonly config: GroupConfig
  /** `offsets.commit.timeout.ms` */
  readonly commitTimeoutMs: number
  /** `offsets.topic.compression.codec` */
  readonly codec: Codec
  /** How many partitions `__consumer_offsets` has, or will have when it is made (`offsets.topic.num.partitions`). */
  partitionCount(): number
  /** The log of a partition that this node leads in `epoch`. */
  openLog(partition: number, epoch: number): ShardLog
  /** The topics of the newest metadata. */
  topics(): TopicLookup
}

type GroupShard = Shard<GroupsState, GroupEvent, GroupFollowUp, GroupAnswer>

/** SyncGroup from this version on must name the protocol it was told (KIP-559). */
const SYNC_NAMES_PROTOCOL_SINCE = 5
/** Before this version JoinGroup has one timeout for both. */
const REBALANCE_TIMEOUT_SINCE = 1
/** What may be done with a group where no authorizer forbids anything: bits READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS (KIP-430). */
const ALL_GROUP_OPERATIONS = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11)

/**
 * The coordinator of the groups whose `__consumer_offsets` partitions this node leads: classic consumer groups and committed offsets.
 *
 * Every method answers with a response of the protocol, in the form of the caller's version; none rejects. A group of another node is refused with
 * NOT_COORDINATOR, one whose partition is still being read with COORDINATOR_LOAD_IN_PROGRESS. Requests of one group are decided in the order of the calls.
 */
export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #machine: GroupMachine
  readonly #shards = new Map<number, GroupShard>()
  #isClosed = false

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
    this.#machine = groupMachine(options.config)
  }

  /** The partition of `__consumer_offsets` whose leader coordinates the group. */
  partitionFor(groupId: string): number {
    return coordinatorPartition(groupId, this.#options.partitionCount())
  }

  /** This node has become the leader of a partition in `epoch`: reads it, then serves its groups. An epoch that is known already is passed over,
   * unless reading it had failed. */
  onElected(partition: number, epoch: number): void {
    const current = this.#shards.get(partition)
    if (this.#isClosed || (current !== undefined && current.epoch > epoch)) return
    if (current?.epoch === epoch && current.phase !== 'failed') return
    current?.resign()
    const { clock, telemetry, codec, commitTimeoutMs } = this.#options
    const name = `__consumer_offsets-${partition}`
    const log = this.#options.openLog(partition, epoch)
    const options = { name, epoch, commitTimeoutMs, codec, clock, telemetry }
    const shard: GroupShard = new Shard(this.#machine, log, options)
    this.#shards.set(partition, shard)
    void shard.load()
  }

  /** This node leads the partition no longer. What is still owed is answered NOT_COORDINATOR. */
  onResigned(partition: number): void {
    this.#shards.get(partition)?.resign()
    this.#shards.delete(partition)
  }

  /** Topics were deleted: the offsets committed for them go, too. */
  onTopicsDeleted(topics: TopicsDeletedEvent['topics']): void {
    for (const shard of this.#shards.values()) shard.tell({ kind: 'topicsDeleted', topics })
  }

  /** Gives up all partitions, for good. */
  close(): void {
    this.#isClosed = true
    for (const partition of this.#shards.keys()) this.onResigned(partition)
  }

  /** How far the shard of a partition is; null: this node does not lead it. */
  phaseOf(partition: number): ShardPhase | null {
    return this.#shards.get(partition)?.phase ?? null
  }

  /** The groups of the partitions that are active here, for metrics and consoles. */
  *overview(): Generator<GroupOverview, void, undefined> {
    for (const { state } of this.#shards.values()) if (state !== null) yield* overviewOf(state)
  }

  #ask<R extends GroupAnswer>(
    partition: number,
    event: (request: RequestId) => GroupEvent,
  ): Promise<Outcome<R>> {
    const shard = this.#shards.get(partition)
    if (shard !== undefined) return shard.handle<R>(event)
    const { COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR } = errorCodes
    const errorCode = this.#isClosed ? COORDINATOR_NOT_AVAILABLE : NOT_COORDINATOR
    return Promise.resolve({ ok: false, errorCode })
  }

  /** Answered when the member's rebalance is over, which may take as long as the group's rebalance timeout. */
  async joinGroup(request: api.Join, context: CallContext): Promise<api.JoinAnswer> {
    const { groupId, memberId, sessionTimeoutMs } = request
    const { apiVersion } = context
    const refuse = (errorCode: number, id: string): api.JoinAnswer =>
      finishJoin({ errorCode, protocolName: '', leader: '', memberId: id, members: [] }, apiVersion)
    if (groupId === '') return refuse(errorCodes.INVALID_GROUP_ID, memberId)
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#options.config
    if (sessionTimeoutMs < sessionTimeoutMsMin || sessionTimeoutMs > sessionTimeoutMsMax) {
      return refuse(errorCodes.INVALID_SESSION_TIMEOUT, memberId)
    }
    const rebalanceTimeoutMs =
      apiVersion < REBALANCE_TIMEOUT_SINCE ? sessionTimeoutMs : request.rebalanceTimeoutMs
    const outcome = await this.#ask<api.JoinAnswer>(this.partitionFor(groupId), (id) => ({
      kind: 'join',
      request: id,
      call: { ...request, rebalanceTimeoutMs },
      context,
      uniqueId: randomUniqueId(this.#options.entropy),
    }))
    return outcome.ok ? finishJoin(outcome.response, apiVersion) : refuse(outcome.errorCode, '')
  }

  /** Answered when the leader's assignment is committed. */
  async syncGroup(request: api.Sync, { apiVersion }: CallContext): Promise<api.SyncAnswer> {
    const refuse = (errorCode: number): api.SyncAnswer => ({
      errorCode,
      assignment: Buffer.alloc(0),
    })
    const isIncomplete = request.protocolType === null || request.protocolName === null
    if (apiVersion >= SYNC_NAMES_PROTOCOL_SINCE && isIncomplete) {
      return refuse(errorCodes.INCONSISTENT_GROUP_PROTOCOL)
    }
    if (request.groupId === '') return refuse(errorCodes.INVALID_GROUP_ID)
    const outcome = await this.#ask<api.SyncAnswer>(this.partitionFor(request.groupId), (id) => ({
      kind: 'sync',
      request: id,
      call: request,
    }))
    return outcome.ok ? outcome.response : refuse(outcome.errorCode)
  }

  async heartbeat(request: api.Heartbeat, _context: CallContext): Promise<api.HeartbeatAnswer> {
    if (request.groupId === '') return { errorCode: errorCodes.INVALID_GROUP_ID }
    const partition = this.partitionFor(request.groupId)
    const outcome = await this.#ask<api.HeartbeatAnswer>(partition, (id) => ({
      kind: 'heartbeat',
      request: id,
      call: request,
    }))
    if (outcome.ok) return outcome.response
    // While the group is being read nobody can fail: its members are given a full session afterwards.
    const isLoading = outcome.errorCode === errorCodes.COORDINATOR_LOAD_IN_PROGRESS
    return { errorCode: isLoading ? 0 : outcome.errorCode }
  }

  async leaveGroup(request: api.Leave, { apiVersion }: CallContext): Promise<api.LeaveAnswer> {
    const { groupId } = request
    if (groupId === '') return { errorCode: errorCodes.INVALID_GROUP_ID, members: [] }
    const members = leavingMembers(request, apiVersion)
    const outcome = await this.#ask<api.LeaveAnswer>(this.partitionFor(groupId), (id) => ({
      kind: 'leave',
      request: id,
      groupId,
      members,
    }))
    if (outcome.ok) return finishLeave(outcome.response, apiVersion)
    return { errorCode: outcome.errorCode, members: [] }
  }

  async commitOffsets(
    request: api.OffsetCommit,
    { apiVersion }: CallContext,
  ): Promise<api.OffsetCommitAnswer> {
    const topics = committingTopics(request, apiVersion, this.#options.topics())
    const hasAny = topics.some(({ partitions }) => partitions.some(({ refusal }) => refusal === 0))
    if (!hasAny) return failedCommit(topics, 0)
    const partition = this.partitionFor(request.groupId)
    const outcome = await this.#ask<api.OffsetCommitAnswer>(partition, (id) => ({
      kind: 'commit',
      request: id,
      call: request,
      topics,
      apiVersion,
    }))
    return outcome.ok ? outcome.response : failedCommit(topics, outcome.errorCode)
  }

  async fetchOffsets(
    request: api.OffsetFetch,
    { apiVersion }: CallContext,
  ): Promise<api.OffsetFetchAnswer> {
    const groups = fetchedGroups(request, apiVersion, this.#options.topics())
    const { requireStable } = request
    const answers = await Promise.all(
      groups.map((group) => this.#fetchGroup(group, requireStable, apiVersion)),
    )
    return finishFetch(groups, answers, apiVersion)
  }

  async #fetchGroup(
    group: api.FetchedGroup,
    requireStable: boolean,
    apiVersion: number,
  ): Promise<api.FetchedGroupAnswer> {
    const partition = this.partitionFor(group.groupId)
    const outcome = await this.#ask<api.FetchedGroupAnswer>(partition, (id) => ({
      kind: 'fetch',
      request: id,
      group,
      requireStable,
    }))
    if (!outcome.ok) return failedFetch(group, outcome.errorCode)
    if (group.topics !== null || !namesTopicsById(apiVersion)) return outcome.response
    const topics = withTopicIds(outcome.response.topics, this.#options.topics())
    return { ...outcome.response, topics }
  }

  async deleteOffsets(
    request: api.OffsetDelete,
    _context: CallContext,
  ): Promise<api.OffsetDeleteAnswer> {
    const { groupId } = request
    const topics = deletingTopics(request, this.#options.topics())
    const hasAny = topics.some(({ partitions }) => partitions.some(({ refusal }) => refusal === 0))
    if (!hasAny) return refusedDeletion(topics)
    if (groupId === '') return { errorCode: errorCodes.INVALID_GROUP_ID, topics: [] }
    const outcome = await this.#ask<api.OffsetDeleteAnswer>(this.partitionFor(groupId), (id) => ({
      kind: 'deleteOffsets',
      request: id,
      groupId,
      topics,
    }))
    return outcome.ok ? outcome.response : { errorCode: outcome.errorCode, topics: [] }
  }

  async describeGroups(
    request: api.Describe,
    { apiVersion }: CallContext,
  ): Promise<api.DescribeAnswer> {
    const described = await this.#askEach<api.DescribedGroup>(request.groups, {
      event: (id, groupIds) => ({ kind: 'describe', request: id, groupIds, apiVersion }),
      failed: failedDescription,
    })
    if (!request.includeAuthorizedOperations) return { groups: described }
    const authorizedOperations = ALL_GROUP_OPERATIONS
    return {
      groups: described.map((group) =>
        group.errorCode === 0 ? { ...group, authorizedOperations } : group,
      ),
    }
  }

  async deleteGroups(request: api.Delete, _context: CallContext): Promise<api.DeleteAnswer> {
    const results = await this.#askEach<api.DeletedGroup>([...new Set(request.groupsNames)], {
      event: (id, groupIds) => ({ kind: 'delete', request: id, groupIds }),
      failed: (groupId, errorCode) => ({ groupId, errorCode }),
    })
    return { results }
  }

  /** Asks the shard of each group about all of its groups at once. The answers come in the order of the groups. */
  async #askEach<R extends api.DescribedGroup | api.DeletedGroup>(
    groupIds: readonly string[],
    how: {
      event(request: RequestId, groupIds: readonly string[]): GroupEvent
      failed(groupId: string, errorCode: number): R
    },
  ): Promise<R[]> {
    const byPartition = Map.groupBy(groupIds, (groupId) => this.partitionFor(groupId))
    const answers = new Map<string, R>()
    const asked = [...byPartition].map(async ([partition, ids]) => {
      const outcome = await this.#ask<GroupAnswer>(partition, (id) => how.event(id, ids))
      const results = outcome.ok
        ? (outcome.response as readonly R[])
        : ids.map((id) => how.failed(id, outcome.errorCode))
      for (const result of results) answers.set(result.groupId, result)
    })
    await Promise.all(asked)
    return groupIds.map(
      (groupId) => answers.get(groupId) ?? how.failed(groupId, errorCodes.UNKNOWN_SERVER_ERROR),
    )
  }

  /** The groups of this node alone: clients ask all. */
  async listGroups(request: api.List, _context: CallContext): Promise<api.ListAnswer> {
    if (this.#isClosed) return { errorCode: errorCodes.COORDINATOR_NOT_AVAILABLE, groups: [] }
    const states = new Set(request.statesFilter.map((state) => state.trim().toLowerCase()))
    const types = new Set(request.typesFilter.map((type) => type.trim().toLowerCase()))
    const outcomes = await Promise.all(
      [...this.#shards.values()].map((shard) =>
        shard.handle<readonly api.ListedGroup[]>((id) => ({
          kind: 'list',
          request: id,
          states,
          types,
        })),
      ),
    )
    const groups: api.ListedGroup[] = []
    for (const outcome of outcomes) {
      if (outcome.ok) groups.push(...outcome.response)
      else if (outcome.errorCode !== errorCodes.NOT_COORDINATOR) {
        return { errorCode: outcome.errorCode, groups: [] }
      }
    }
    return { errorCode: 0, groups }
  }
}
