/**
 * A partition as its leader knows it in one leader epoch: how far each follower is, who is in sync, what is committed. Pure: times and the cluster's
 * word about brokers are given (Partition.scala in Apache Kafka, without its log).
 */
import { errorCodes } from '../protocol/index.ts'
import { isCaughtUp, noteFetch, unseenFollower } from './follower-progress.ts'
import type { FollowerFetch, FollowerProgress } from './follower-progress.ts'
import { Isr } from './isr.ts'
import type { IsrAnswer, IsrProposal, IsrVerdict } from './isr.ts'

/** What the cluster has decided about the partition. */
export interface LeaderAssignment {
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** What the cluster says of a broker. */
export interface BrokerRegister {
  /** Epoch of the broker's registration; null: there is none. */
  epochOf(nodeId: number): number | null
  /** Registered, not fenced, not about to leave. */
  isActive(nodeId: number): boolean
}

/** The leader's own log. */
export interface LeaderEnds {
  readonly logEnd: number
  /** What the leader itself acknowledges: the log end, or its durable end. */
  readonly ackedEnd: number
  readonly highWatermark: number
}

export class LeaderState {
  readonly nodeId: number
  readonly leaderEpoch: number
  /** The log end when the epoch began. */
  readonly epochStart: number
  readonly isr: Isr
  readonly #brokers: BrokerRegister
  #replicaCount: number
  #minInsyncReplicas: number
  #followers: FollowerProgress[] = []

  constructor(
    nodeId: number,
    assignment: LeaderAssignment,
    minInsyncReplicas: number,
    epochStart: number,
    brokers: BrokerRegister,
    nowMs: number,
  ) {
    this.nodeId = nodeId
    this.leaderEpoch = assignment.leaderEpoch
    this.epochStart = epochStart
    this.isr = new Isr(assignment.isr, assignment.partitionEpoch)
    this.#brokers = brokers
    this.#replicaCount = assignment.replicas.length
    this.#minInsyncReplicas = minInsyncReplicas
    this.#setReplicas(assignment.replicas, nowMs)
  }

  get followers(): readonly FollowerProgress[] {
    return this.#followers
  }

  /** All replicas are in sync. */
  get isWhole(): boolean {
    return this.isr.committed.length > this.#followers.length
  }

  /** `min.insync.replicas`, or the number of replicas if that is less. */
  get minIsr(): number {
    return Math.min(this.#minInsyncReplicas, this.#replicaCount)
  }

  set minInsyncReplicas(count: number) {
    this.#minInsyncReplicas = count
  }

  get isUnderMinIsr(): boolean {
    return this.isr.committed.length < this.minIsr
  }

  /** After the append as before it, but members that are about to be added count (Partition.checkEnoughReplicasReachOffset). */
  get hasEnoughAfterAppend(): boolean {
    return this.isr.maximalCount >= this.minIsr
  }

  /** Takes newer metadata of the same leader epoch. */
  take(assignment: LeaderAssignment, nowMs: number): void {
    if (!this.isr.take(assignment.isr, assignment.partitionEpoch)) return
    this.#replicaCount = assignment.replicas.length
    this.#setReplicas(assignment.replicas, nowMs)
  }

  #setReplicas(replicas: readonly number[], nowMs: number): void {
    const known = new Map(this.#followers.map((follower) => [follower.nodeId, follower]))
    this.#followers = replicas
      .filter((id) => id !== this.nodeId)
      .map((id) => known.get(id) ?? unseenFollower(id, this.isr.committed.includes(id), nowMs))
  }

  /**
   * Notes a follower's fetch, which the caller has checked against the log: its offset is one that this log has, and the logs agree up to there.
   *
   * @returns 0, or the error code for the follower
   */
  fetched(fetch: FollowerFetch, logEnd: number, nowMs: number): number {
    const follower = this.#follower(fetch.nodeId)
    // As in Kafka: the metadata that makes it a replica has not come here yet, so it is to try again.
    if (follower === null) return errorCodes.UNKNOWN_LEADER_EPOCH
    const epoch = this.#brokers.epochOf(fetch.nodeId)
    // A request of an earlier life of the broker says nothing of what its disk has now (KIP-903).
    if (fetch.brokerEpoch >= 0 && epoch !== null && epoch > fetch.brokerEpoch) {
      return errorCodes.NOT_LEADER_OR_FOLLOWER
    }
    noteFetch(follower, fetch, logEnd, nowMs)
    return 0
  }

  /**
   * The high watermark: the smallest acknowledged end over the maximal ISR, and over followers that are about to join it. It never falls in an epoch,
   * and stands still while fewer are in sync than `min.insync.replicas` asks for.
   */
  highWatermark(ends: LeaderEnds, nowMs: number, lagMsMax: number): number {
    let end = ends.ackedEnd
    if (end <= ends.highWatermark || this.isUnderMinIsr) return ends.highWatermark
    for (const follower of this.#followers) {
      if (follower.ackedEnd >= end) continue
      const counts =
        this.isr.isMaximalMember(follower.nodeId) ||
        (isCaughtUp(follower, ends.logEnd, nowMs, lagMsMax) && this.#isEligible(follower))
      if (counts) end = follower.ackedEnd
    }
    return Math.max(ends.highWatermark, end)
  }

  /** A follower that has caught up is to join. Null: none is, or a change is under way. */
  expansion(nodeId: number, highWatermark: number): IsrProposal | null {
    if (this.isr.pending !== null || this.isr.committed.includes(nodeId)) return null
    const follower = this.#follower(nodeId)
    if (follower === null || !this.#isEligible(follower)) return null
    const { ackedEnd } = follower
    // What lies between the high watermark and the epoch's start may have been acknowledged by the last leader.
    if (ackedEnd < highWatermark || ackedEnd < this.epochStart) return null
    return this.isr.propose('expand', [...this.isr.committed, nodeId], this.leaderEpoch)
  }

  /** Those who have not caught up for too long are to leave. Null: none is, or a change is under way. */
  contraction(logEnd: number, nowMs: number, lagMsMax: number): IsrProposal | null {
    if (this.isr.pending !== null) return null
    const kept = this.isr.committed.filter((id) => {
      const follower = this.#follower(id)
      if (follower === null) return id === this.nodeId
      return isCaughtUp(follower, logEnd, nowMs, lagMsMax)
    })
    if (kept.length === this.isr.committed.length) return null
    return this.isr.propose('shrink', kept, this.leaderEpoch)
  }

  answered(proposal: IsrProposal, answer: IsrAnswer): IsrVerdict {
    return this.isr.answered(proposal, answer)
  }

  /** The broker epoch that a proposed member fetched with; -1: unchecked (it has not fetched in this epoch, and is a member already). */
  brokerEpochOf(nodeId: number): number {
    return this.#follower(nodeId)?.brokerEpoch ?? -1
  }

  #isEligible({ nodeId, brokerEpoch }: FollowerProgress): boolean {
    if (brokerEpoch === null || !this.#brokers.isActive(nodeId)) return false
    return brokerEpoch === -1 || brokerEpoch === this.#brokers.epochOf(nodeId)
  }

  #follower(nodeId: number): FollowerProgress | null {
    for (const follower of this.#followers) if (follower.nodeId === nodeId) return follower
    return null
  }
}
