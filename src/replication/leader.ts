/**
 * A replica that leads its partition, in one leader epoch: appends, hears from its followers, moves the high watermark, and keeps the in-sync set. Performs
 * what {@link LeaderState} decides.
 *
 * With `flush.before.ack` the acknowledged end of every replica is its *durable* end, so the high watermark means "on the disks of all in sync"; without
 * it, the page cache counts, as in Kafka (DESIGN.md section 4).
 */
import type { Clock } from '../io/index.ts'
import { LogError } from '../log/index.ts'
import type { AppendResult } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { CheckedBatch } from '../records/index.ts'
import type { ReplicaEnds } from './exposure.ts'
import type { FollowerFetch } from './follower-progress.ts'
import type { IsrAnswer, IsrProposal, IsrVerdict } from './isr.ts'
import { LeaderState } from './leader-state.ts'
import type { BrokerRegister, LeaderAssignment } from './leader-state.ts'
import type { LocalReplica } from './local-replica.ts'
import type { TopicPolicy } from './policy.ts'
import { nearestReplica } from './read-replica.ts'
import type { ReplicationThrottle } from './throttle.ts'

export type Acks = -1 | 0 | 1

export type AppendOutcome =
  | {
      readonly ok: true
      readonly baseOffset: number
      readonly offsetEnd: number
      /** -1 for CreateTime. */
      readonly logAppendTimeMs: number
      /** True when nothing remains to be waited for. */
      readonly isAcked: boolean
    }
  | { readonly ok: false; readonly errorCode: number; readonly message: string }

/** What a leader needs of its node. */
export interface LeaderEnv {
  readonly nodeId: number
  readonly clock: Clock
  readonly brokers: BrokerRegister
  /** `replica.lag.time.max.ms` */
  lagMsMax(): number
  /** For what throttled partitions send to followers that are not in sync. */
  readonly throttle: ReplicationThrottle
  /** Asks the controller for a change of the in-sync set; {@link Leader.answered} hears of it. */
  propose(leader: Leader, proposal: IsrProposal): void
}

export class Leader {
  readonly replica: LocalReplica
  readonly state: LeaderState
  readonly #env: LeaderEnv
  #policy: TopicPolicy
  #isFlushAwaited = false
  #isOver = false
  #recovering: Promise<void> | null = null
  /** Bytes appended since the high watermark last moved. */
  #unseenBytes = 0

  constructor(
    replica: LocalReplica,
    assignment: LeaderAssignment,
    policy: TopicPolicy,
    env: LeaderEnv,
  ) {
    const { log } = replica
    this.replica = replica
    this.#env = env
    this.#policy = policy
    log.assignEpoch(assignment.leaderEpoch)
    this.state = new LeaderState(
      env.nodeId,
      assignment,
      policy.minInsyncReplicas,
      log.logEnd,
      env.brokers,
      env.clock.monotonicMs(),
    )
    this.#advance()
    // What an unclean stop left behind may be on no disk yet: it is committed once it is, not with the next append.
    if (this.#mustFlushMore() && log.durableEnd < log.logEnd) this.#awaitFlush()
    if (replica.highWatermark >= this.state.epochStart) return
    this.#recovering = new Promise((resolve) => {
      replica.committed.add(this.state.epochStart, () => {
        this.#recovering = null
        resolve()
      })
    })
  }

  get epoch(): number {
    return this.state.leaderEpoch
  }

  get policy(): TopicPolicy {
    return this.#policy
  }

  /**
   * Resolves when what was in the log at the beginning of the epoch is known to be committed, or cannot be any more; null: it is. Until then the high
   * watermark may be lower than what the last leader has acknowledged.
   */
  get recovering(): Promise<void> | null {
    return this.#recovering
  }

  /** Another configuration of the topic. */
  configure(policy: TopicPolicy): void {
    this.#policy = policy
    this.state.minInsyncReplicas = policy.minInsyncReplicas
    const { log } = this.replica
    if (this.#mustFlushMore() && log.durableEnd < log.logEnd) this.#awaitFlush()
    this.#advance()
  }

  /** Newer metadata of the same leader epoch. */
  reassign(assignment: LeaderAssignment): void {
    this.state.take(assignment, this.#env.clock.monotonicMs())
    this.#advance()
  }

  /** The epoch is over: whoever waits is told, and nothing that is still under way counts. */
  resign(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.replica.failWaiters('leadershipLost')
  }

  /** Appends one checked batch. */
  append(batch: CheckedBatch, acks: Acks): AppendOutcome {
    const { replica, state } = this
    if (acks === -1 && state.isUnderMinIsr) {
      const message = `Cannot append to ${replica.name}: ${state.isr.committed.length} replicas are in sync, min.insync.replicas is ${state.minIsr}`
      return { ok: false, errorCode: errorCodes.NOT_ENOUGH_REPLICAS, message }
    }
    let result: AppendResult
    try {
      result = replica.log.append(batch, { leaderEpoch: state.leaderEpoch })
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      return { ok: false, errorCode: errorCodes.KAFKA_STORAGE_ERROR, message: error.message }
    }
    if (result.kind === 'refused') {
      return { ok: false, errorCode: errorOfRefusal[result.reason], message: result.message }
    }
    const offsetEnd = result.lastOffset + 1
    let mustFlush = this.#policy.log.flushBeforeAck
    if (result.kind === 'appended') {
      mustFlush ||= result.flushBeforeAck
      this.#unseenBytes += batch.buffer.length
      replica.traffic.recordsIn += batch.header.recordCount
      replica.traffic.bytesIn += batch.buffer.length
      if (mustFlush) this.#awaitFlush()
      this.#advance()
      replica.followers.notify(batch.buffer.length)
    }
    return {
      ok: true,
      baseOffset: result.baseOffset,
      offsetEnd,
      logAppendTimeMs: this.#logAppendTime(batch, result),
      isAcked: acks === 0 || this.#endFor(acks, mustFlush) >= offsetEnd,
    }
  }

  /**
   * A follower has everything up to where it fetches.
   *
   * @returns 0, or the error code for the follower
   */
  fetched(fetch: FollowerFetch): number {
    const { state, replica } = this
    const errorCode = state.fetched(fetch, replica.log.logEnd, this.#env.clock.monotonicMs())
    if (errorCode !== 0) return errorCode
    const proposal = state.expansion(fetch.nodeId, replica.highWatermark)
    if (proposal !== null) this.#env.propose(this, proposal)
    this.#advance()
    return 0
  }

  /** How far each replica is, as far as it is known here; for metrics. Throws LogError. */
  replicaEnds(): ReplicaEnds[] {
    const { log } = this.replica
    const { flushBeforeAck } = this.#policy.log
    const followers = this.state.followers.map(({ nodeId, ackedEnd }) => ({
      nodeId,
      ackedEnd,
      durableEnd: flushBeforeAck ? ackedEnd : -1,
    }))
    const { logEnd, durableEnd } = log
    return [{ nodeId: this.state.nodeId, ackedEnd: logEnd, durableEnd }, ...followers]
  }

  /** The follower that a consumer in `rack` had better read from; null: here. */
  nearestFollower(
    rack: string,
    offset: number,
    rackOf: (nodeId: number) => string | null,
  ): number | null {
    const { isr, followers, nodeId } = this.state
    const views = followers
      .filter((follower) => isr.committed.includes(follower.nodeId))
      .map((follower) => ({
        nodeId: follower.nodeId,
        rack: rackOf(follower.nodeId),
        end: follower.ackedEnd,
        logStart: follower.logStart,
        lastCaughtUpMs: follower.lastCaughtUpMs,
      }))
    return nearestReplica(rack, offset, rackOf(nodeId), views)
  }

  /** True for a follower that must wait: the partition is throttled, the follower is not in sync, and enough was sent. */
  mustHoldBack(followerId: number): boolean {
    if (!this.#isThrottledFor(followerId)) return false
    return this.#env.throttle.isExceeded(this.#env.clock.monotonicMs())
  }

  /** Bytes go to a follower. */
  noteSent(followerId: number, bytes: number): void {
    if (bytes > 0 && this.#isThrottledFor(followerId)) {
      this.#env.throttle.record(bytes, this.#env.clock.monotonicMs())
    }
  }

  #isThrottledFor(followerId: number): boolean {
    return this.replica.throttled.asLeader && !this.state.isr.committed.includes(followerId)
  }

  /** To be called now and then: followers that have not caught up for too long leave the in-sync set. */
  checkIsr(): void {
    if (this.state.followers.length === 0) return
    const nowMs = this.#env.clock.monotonicMs()
    const { logEnd } = this.replica.log
    const proposal = this.state.contraction(logEnd, nowMs, this.#env.lagMsMax())
    if (proposal !== null) this.#env.propose(this, proposal)
    // Who was about to join, and has stopped, holds up the high watermark no longer.
    this.#advance()
  }

  /** What the controller says to a proposal. */
  answered(proposal: IsrProposal, answer: IsrAnswer): IsrVerdict {
    // Of a log dir that has failed nobody may say any more what is committed.
    if (this.#isOver || !this.replica.isUsable) return 'ignored'
    const verdict = this.state.answered(proposal, answer)
    if (verdict === 'committed') this.#advance()
    return verdict
  }

  #endFor(acks: Acks, mustFlush: boolean): number {
    if (acks === -1) return this.replica.highWatermark
    return mustFlush ? this.replica.log.durableEnd : this.replica.log.logEnd
  }

  #logAppendTime(batch: CheckedBatch, result: AppendResult): number {
    if (this.#policy.produceRules.timestampType !== 'LogAppendTime') return -1
    return result.kind === 'duplicate' ? result.timestampMs : batch.header.maxTimestamp
  }

  /** One waiter for the log's group commit serves all appends that came before it resolves. */
  #awaitFlush(): void {
    if (this.#isFlushAwaited || this.#isOver) return
    this.#isFlushAwaited = true
    const { log } = this.replica
    log
      .whenDurable(log.logEnd)
      .then(() => {
        this.#isFlushAwaited = false
        if (this.#isOver) return
        if (log.logEnd > log.durableEnd && this.#mustFlushMore()) this.#awaitFlush()
        this.#advance()
      })
      .catch((error: unknown) => {
        // The log dir failed, or the log was closed meanwhile: nobody may be told that anything is committed.
        this.#isFlushAwaited = false
        if (!this.#isOver) this.replica.failWaiters('storageFailed')
        if (!(error instanceof LogError)) throw error
      })
  }

  #mustFlushMore(): boolean {
    return this.#acksDurableEnd() || this.replica.durable.count > 0
  }

  /** Whether only the durable end counts now: always, or because `flush.messages` records wait for the flush that they made due. */
  #acksDurableEnd(): boolean {
    const { logEnd, durableEnd, config } = this.replica.log
    return this.#policy.log.flushBeforeAck || logEnd - durableEnd >= config.flushMessages
  }

  #advance(): void {
    const { replica, state } = this
    const { log } = replica
    replica.durable.advance(log.durableEnd)
    const { logEnd } = log
    const ackedEnd = this.#acksDurableEnd() ? log.durableEnd : logEnd
    const before = replica.highWatermark
    if (ackedEnd <= before) return
    // Times matter only for followers that are out of sync.
    const isWhole = state.isWhole
    const nowMs = isWhole ? 0 : this.#env.clock.monotonicMs()
    const lagMsMax = isWhole ? 0 : this.#env.lagMsMax()
    const end = state.highWatermark({ logEnd, ackedEnd, highWatermark: before }, nowMs, lagMsMax)
    if (end === before) return
    const newBytes = this.#unseenBytes
    this.#unseenBytes = 0
    replica.raiseHighWatermark(end, newBytes)
  }
}

const errorOfRefusal = {
  outOfOrderSequence: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER,
  invalidProducerEpoch: errorCodes.INVALID_PRODUCER_EPOCH,
  invalidTxnState: errorCodes.INVALID_TXN_STATE,
  transactionCoordinatorFenced: errorCodes.TRANSACTION_COORDINATOR_FENCED,
} as const
