/**
 * One partition that this node has a replica of: its leader, its follower, or neither for the moment. What handlers see of it.
 */
import type { Uuid } from '../base/index.ts'
import type { PartitionLog } from '../log/index.ts'
import { errorCodes, errorMessage } from '../protocol/index.ts'
import type { CheckedBatch } from '../records/index.ts'
import { Follower } from './follower.ts'
import type { FollowerOptions } from './follower.ts'
import type { FollowerFetch } from './follower-progress.ts'
import { Leader } from './leader.ts'
import type { Acks, AppendOutcome, LeaderEnv } from './leader.ts'
import type { LeaderAssignment } from './leader-state.ts'
import { LocalReplica } from './local-replica.ts'
import { divergence, emptyFetch, failedFetch, readReplica, storageError } from './partition-read.ts'
import type { FetchOutcome, FetchSpec } from './partition-read.ts'
import type { TopicPolicy, TopicProduceRules } from './policy.ts'

export class Partition {
  readonly replica: LocalReplica
  #policy: TopicPolicy
  #leader: Leader | null = null
  #follower: Follower | null = null
  #leaderEpoch = -1
  #isClosed = false
  /** What to become when the log is at rest. */
  #next: (() => void) | null = null
  /** Resolves when it is, and the next role has begun. */
  #resting: Promise<void> | null = null

  constructor(log: PartitionLog, topicId: Uuid, policy: TopicPolicy) {
    this.replica = new LocalReplica(log, topicId)
    this.#policy = policy
  }

  get topic(): string {
    return this.replica.topic
  }

  get topicId(): Uuid {
    return this.replica.topicId
  }

  get index(): number {
    return this.replica.index
  }

  get log(): PartitionLog {
    return this.replica.log
  }

  get committed(): LocalReplica['committed'] {
    return this.replica.committed
  }

  get durable(): LocalReplica['durable'] {
    return this.replica.durable
  }

  get readers(): LocalReplica['readers'] {
    return this.replica.readers
  }

  get traffic(): LocalReplica['traffic'] {
    return this.replica.traffic
  }

  /** Null unless this node leads the partition right now. */
  get leader(): Leader | null {
    return this.#leader
  }

  /** Null unless this node follows right now. */
  get follower(): Follower | null {
    return this.#follower
  }

  /** False when its log cannot be used: the log dir failed, or the log was closed. */
  get isUsable(): boolean {
    return this.replica.isUsable
  }

  /** Of the leadership that this node knows of, its own or another's. */
  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  get policy(): TopicPolicy {
    return this.#policy
  }

  get produceRules(): TopicProduceRules {
    return this.#policy.produceRules
  }

  /** Exclusive end of what is committed: consumers see no further. */
  get highWatermark(): number {
    return this.replica.highWatermark
  }

  /** Exclusive end of what read_committed consumers see: where the first open transaction begins, at most the high watermark. */
  get lastStableOffset(): number {
    return this.replica.log.lastStableOffset
  }

  /** As of {@link Leader.recovering}; null for a follower. */
  get recovering(): Promise<void> | null {
    return this.#leader?.recovering ?? null
  }

  /** Leads from now on, or when the log is at rest. Newer metadata of an epoch that it leads already is taken over. Throws LogError. */
  lead(assignment: LeaderAssignment, policy: TopicPolicy, env: LeaderEnv): void {
    this.#policy = policy
    if (assignment.leaderEpoch < this.#leaderEpoch) return
    if (assignment.leaderEpoch === this.#leaderEpoch && this.#leader !== null) {
      this.#leader.reassign(assignment)
      return
    }
    this.#become(assignment.leaderEpoch, () => {
      this.#leader = new Leader(this.replica, assignment, this.#policy, env)
    })
  }

  /** Follows from now on, or when the log is at rest. `onFollower` gets who is to be fetched for; not called when it follows in this epoch already. */
  follow(
    options: FollowerOptions,
    policy: TopicPolicy,
    onFollower: (follower: Follower) => void,
  ): void {
    this.#policy = policy
    const { leaderEpoch, flushBeforeAck } = options
    if (leaderEpoch < this.#leaderEpoch) return
    const isSame =
      leaderEpoch === this.#leaderEpoch && this.#follower?.flushBeforeAck === flushBeforeAck
    if (isSame) return
    this.#become(leaderEpoch, () => {
      this.#follower = new Follower(this.replica, options)
      onFollower(this.#follower)
    })
  }

  /** Neither leads nor follows: the partition has no leader. */
  stand(leaderEpoch: number): void {
    if (leaderEpoch > this.#leaderEpoch) this.#become(leaderEpoch, () => {})
  }

  /** Another configuration of the topic. */
  configure(policy: TopicPolicy): void {
    this.#policy = policy
    this.#leader?.configure(policy)
  }

  /** The replica is gone from here: whoever waits is told. Resolves when nothing touches the log any more; null: nothing does. */
  close(): Promise<void> | null {
    this.#isClosed = true
    const busy = this.#next === null ? this.#stop() : this.#resting
    this.#next = null
    this.replica.failWaiters('leadershipLost')
    return busy
  }

  /** Ends the role, and begins the next when nothing touches the log any more. */
  #become(leaderEpoch: number, begin: () => void): void {
    this.#leaderEpoch = leaderEpoch
    const busy = this.#stop()
    if (this.#next !== null) {
      this.#next = begin
      return
    }
    if (busy === null) return begin()
    this.#next = begin
    this.#resting = busy.then(() => {
      const next = this.#next
      this.#next = null
      this.#resting = null
      if (!this.#isClosed && this.isUsable) next?.()
    })
  }

  #stop(): Promise<void> | null {
    const busy = this.#follower?.busy ?? null
    this.#leader?.resign()
    this.#follower?.stop()
    this.#leader = null
    this.#follower = null
    return busy
  }

  /** Appends one checked batch as leader. */
  append(batch: CheckedBatch, acks: Acks): AppendOutcome {
    if (this.#leader !== null) return this.#leader.append(batch, acks)
    const errorCode = errorCodes.NOT_LEADER_OR_FOLLOWER
    return { ok: false, errorCode, message: errorMessage(errorCode) ?? '' }
  }

  /** Reads for a consumer: up to the high watermark, or the last stable offset. Followers serve, too (KIP-392). */
  fetch(spec: FetchSpec): FetchOutcome | Promise<FetchOutcome> {
    const refusal = this.#refuse(spec)
    if (refusal !== null) return refusal
    const end = spec.readCommitted ? this.lastStableOffset : this.highWatermark
    return readReplica(this.replica, spec, end, true)
  }

  /**
   * Reads for a follower: up to the log end. A fetch is the acknowledgement of all before its offset.
   *
   * @param isLate the same request reads again, after it has waited: it says nothing new of the follower
   */
  fetchForFollower(
    spec: FetchSpec,
    follower: FollowerFetch,
    isLate: boolean,
  ): FetchOutcome | Promise<FetchOutcome> {
    const leader = this.#leader
    if (leader === null) return failedFetch(errorCodes.NOT_LEADER_OR_FOLLOWER)
    const refusal = this.#refuse(spec)
    if (refusal !== null) return refusal
    try {
      const { logStart, logEnd } = this.log
      if (spec.offset < logStart || spec.offset > logEnd) {
        return failedFetch(errorCodes.OFFSET_OUT_OF_RANGE)
      }
      const errorCode = isLate ? 0 : leader.fetched(follower)
      if (errorCode !== 0) return failedFetch(errorCode)
      if (leader.mustHoldBack(follower.nodeId)) return emptyFetch(this.replica)
      const outcome = readReplica(this.replica, spec, logEnd, false)
      if (!(outcome instanceof Promise)) {
        leader.noteSent(follower.nodeId, outcome.records.length)
        return outcome
      }
      return outcome.then((late) => {
        leader.noteSent(follower.nodeId, late.records.length)
        return late
      })
    } catch (error) {
      return storageError(error)
    }
  }

  /** FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH (KIP-320), or 0. */
  checkEpoch(currentLeaderEpoch: number): number {
    if (currentLeaderEpoch === -1 || currentLeaderEpoch === this.leaderEpoch) return 0
    return currentLeaderEpoch < this.leaderEpoch
      ? errorCodes.FENCED_LEADER_EPOCH
      : errorCodes.UNKNOWN_LEADER_EPOCH
  }

  #refuse(spec: FetchSpec): FetchOutcome | null {
    const errorCode = this.checkEpoch(spec.currentLeaderEpoch)
    if (errorCode !== 0) return failedFetch(errorCode)
    try {
      const diverging = divergence(this.log, spec)
      if (diverging === 'unknown') return failedFetch(errorCodes.OFFSET_OUT_OF_RANGE)
      return diverging === null ? null : emptyFetch(this.replica, diverging)
    } catch (error) {
      return storageError(error)
    }
  }
}
