/**
 * A member of a consumer group of the classic protocol: joins, assigns if it is made the leader, sends heartbeats, commits, leaves.
 */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  errorCodes,
  HeartbeatRequest,
  HeartbeatResponse,
  isRetriable,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  readConsumerProtocol,
  SyncGroupRequest,
  SyncGroupResponse,
  writeConsumerProtocol,
} from '../../protocol/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import type { Decoded } from '../../wire/index.ts'
import { Backoff } from './backoff.ts'
import type { ClusterClient } from './cluster-client.ts'
import { commitOffsets } from './commit.ts'
import type { Commit } from './commit.ts'
import { checkError, KafkaError, mayPass } from './errors.ts'
import type { TopicPartition } from './partitions.ts'
import { assignRange } from './range-assignor.ts'

const SESSION_MS = 45_000
const REBALANCE_MS = 60_000
const HEARTBEAT_MS = 3_000
/** How long nothing may work before the member gives up. */
const FAILING_MS_MAX = 60_000
const PROTOCOL_TYPE = 'consumer'
const ASSIGNOR = 'range'
/** Both messages with what a member owned (KIP-429), which range does not need but others may read. */
const PROTOCOL_VERSION = 1

/** The group is in another generation: join again. The member id is kept or lost. */
const REJOIN = new Set<number>([
  errorCodes.REBALANCE_IN_PROGRESS,
  errorCodes.ILLEGAL_GENERATION,
  errorCodes.UNKNOWN_MEMBER_ID,
  errorCodes.MEMBER_ID_REQUIRED,
])

type Joined = Decoded<typeof JoinGroupResponse>

export class GroupMember {
  readonly groupId: string
  readonly #client: ClusterClient
  readonly #topics: readonly string[]
  #memberId = ''
  #generationId = -1
  #heartbeats: NodeJS.Timeout | null = null

  constructor(client: ClusterClient, groupId: string, topics: readonly string[]) {
    this.#client = client
    this.groupId = groupId
    this.#topics = topics
  }

  /**
   * Becomes a member of the current generation; waits for the others.
   *
   * @param onRebalance called once when this generation is over: commit, then join again
   * @returns the partitions that are this member's now
   */
  async join(onRebalance: () => void): Promise<TopicPartition[]> {
    this.#stopHeartbeats()
    const backoff = new Backoff(this.#client, FAILING_MS_MAX)
    for (;;) {
      try {
        const joined = await this.#joinOnce()
        const assigned = await this.#sync(joined)
        this.#startHeartbeats(onRebalance)
        return assigned
      } catch (error) {
        if (this.#mustRejoin(error)) continue
        if (!mayPass(error) || !(await backoff.pause())) throw error
      }
    }
  }

  /** False: the generation is over and the offsets were not taken. Throws KafkaError for anything else. */
  async commit(commits: readonly Commit[]): Promise<boolean> {
    if (commits.length === 0) return true
    const committer = {
      groupId: this.groupId,
      memberId: this.#memberId,
      generationId: this.#generationId,
    }
    const backoff = new Backoff(this.#client, this.#client.timeoutMs)
    for (;;) {
      try {
        const node = await this.#client.coordinator(this.groupId, 'group')
        for (const { errorCode } of await commitOffsets(node, committer, commits)) {
          checkError(errorCode, `commit offsets of group '${this.groupId}'`)
        }
        return true
      } catch (error) {
        // While a rebalance is under way the coordinator still takes commits of the old generation, but not after.
        if (this.#mustRejoin(error)) return false
        if (!mayPass(error) || !(await backoff.pause())) throw error
      }
    }
  }

  /** Lets the others have the partitions at once. Failure to do so is no harm: the session ends by itself. */
  async leave(): Promise<void> {
    this.#stopHeartbeats()
    if (this.#memberId === '') return
    const memberId = this.#memberId
    try {
      // Not behind a join that still waits for its answer.
      const node = await this.#client.coordinator(this.groupId, 'leave')
      await node.send(LeaveGroupRequest, LeaveGroupResponse, {
        groupId: this.groupId,
        memberId,
        members: [{ memberId, reason: 'the consumer was stopped' }],
      })
    } catch (error) {
      if (!mayPass(error)) throw error
    }
  }

  async #joinOnce(): Promise<Joined> {
    const node = await this.#client.coordinator(this.groupId, 'group')
    const metadata = writeConsumerProtocol(ConsumerProtocolSubscription, PROTOCOL_VERSION, {
      topics: this.#topics,
    })
    const joined = await node.send(
      JoinGroupRequest,
      JoinGroupResponse,
      {
        groupId: this.groupId,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        protocols: [{ name: ASSIGNOR, metadata }],
      },
      // The answer comes when all members are there or their time is over.
      { timeoutMs: REBALANCE_MS + this.#client.timeoutMs },
    )
    if (joined.memberId !== '') this.#memberId = joined.memberId
    checkError(joined.errorCode, `join group '${this.groupId}'`)
    this.#generationId = joined.generationId
    return joined
  }

  async #sync(joined: Joined): Promise<TopicPartition[]> {
    const isLeader = joined.leader === joined.memberId && !joined.skipAssignment
    const assignments = isLeader ? await this.#assign(joined.members) : []
    const node = await this.#client.coordinator(this.groupId, 'group')
    const { errorCode, assignment } = await node.send(
      SyncGroupRequest,
      SyncGroupResponse,
      {
        groupId: this.groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        protocolType: PROTOCOL_TYPE,
        protocolName: ASSIGNOR,
        assignments,
      },
      { timeoutMs: REBALANCE_MS + this.#client.timeoutMs },
    )
    checkError(errorCode, `get the partitions of group '${this.groupId}'`)
    const read = readConsumerProtocol(ConsumerProtocolAssignment, assignment)
    return (read?.assignedPartitions ?? []).flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  }

  async #assign(
    members: Joined['members'],
  ): Promise<{ readonly memberId: string; readonly assignment: Buffer }[]> {
    const subscribers = members.map(({ memberId, groupInstanceId: instanceId, metadata }) => {
      const read = readConsumerProtocol(ConsumerProtocolSubscription, metadata)
      return { memberId, instanceId, topics: read?.topics ?? [] }
    })
    const wanted = [...new Set(subscribers.flatMap(({ topics }) => topics))]
    const { topics } = await this.#client.metadata(wanted)
    const counts = topics.map(({ name, partitions }) => [name ?? '', partitions.length] as const)
    return [...assignRange(subscribers, new Map(counts))].map(([memberId, topics]) => ({
      memberId,
      assignment: writeConsumerProtocol(ConsumerProtocolAssignment, PROTOCOL_VERSION, {
        assignedPartitions: topics,
      }),
    }))
  }

  #mustRejoin(error: unknown): boolean {
    if (!(error instanceof KafkaError) || !REJOIN.has(error.errorCode)) return false
    if (error.errorCode === errorCodes.UNKNOWN_MEMBER_ID) this.#memberId = ''
    return true
  }

  #startHeartbeats(onRebalance: () => void): void {
    const timer = setInterval(() => {
      this.#heartbeat().then(
        (isOver) => {
          // An answer may come when the next generation has its own heartbeats.
          if (!isOver || this.#heartbeats !== timer) return
          this.#stopHeartbeats()
          onRebalance()
        },
        // A broken connection or a moved coordinator: the next one tries again, within the session.
        () => {},
      )
    }, HEARTBEAT_MS)
    this.#heartbeats = timer
  }

  #stopHeartbeats(): void {
    if (this.#heartbeats !== null) clearInterval(this.#heartbeats)
    this.#heartbeats = null
  }

  /** True: this generation is over, or joining again will say what is wrong. */
  async #heartbeat(): Promise<boolean> {
    const node: NodeConnection = await this.#client.coordinator(this.groupId, 'group')
    const { errorCode } = await node.send(HeartbeatRequest, HeartbeatResponse, {
      groupId: this.groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
    })
    if (errorCode === errorCodes.UNKNOWN_MEMBER_ID) this.#memberId = ''
    return errorCode !== 0 && !isRetriable(errorCode)
  }
}
