import type { Uuid } from '../base/index.ts'
import { LogError } from '../log/index.ts'
import type { PartitionLog } from '../log/index.ts'
import { CommitWaiters, DataWaiters } from './waiting.ts'

/** This node's replica of a partition, whoever leads it: the log, how much of it is committed, and who waits for that. */
export class LocalReplica {
  readonly topic: string
  readonly topicId: Uuid
  readonly index: number
  readonly log: PartitionLog
  /** Those who wait for the high watermark (acks=all). */
  readonly committed = new CommitWaiters()
  /** Those who wait for the leader's own disk (acks=1 with flush before ack). */
  readonly durable = new CommitWaiters()
  /** Fetches of consumers, which wait for bytes below the high watermark. */
  readonly readers = new DataWaiters()
  /** Fetches of followers, which wait for bytes below the log end. */
  readonly followers = new DataWaiters()
  /** Since the partition came to life on this node; for metrics. */
  readonly traffic = { recordsIn: 0, bytesIn: 0, bytesOut: 0, replicatedIn: 0, replicatedOut: 0 }
  /** Whether the topic's configuration asks for this replica to be held back, as a leader and as a follower; see throttle.ts. */
  readonly throttled = { asLeader: false, asFollower: false }
  #highWatermark = -1

  constructor(log: PartitionLog, topicId: Uuid) {
    this.topic = log.topic
    this.topicId = topicId
    this.index = log.partition
    this.log = log
  }

  get name(): string {
    return `${this.topic}-${this.index}`
  }

  /** False when its log cannot be used: the log dir failed, or the log was closed. */
  get isUsable(): boolean {
    try {
      return this.log.logEnd >= 0
    } catch (error) {
      if (error instanceof LogError) return false
      throw error
    }
  }

  /** Exclusive end of what is known to be committed: consumers see no further. Begins as the checkpoint has it. */
  get highWatermark(): number {
    if (this.#highWatermark < 0) this.#highWatermark = this.log.highWatermark
    return this.#highWatermark
  }

  /** Wakes who waits for it. `newBytes`: how much more consumers see, at least roughly. */
  raiseHighWatermark(end: number, newBytes: number): void {
    this.#highWatermark = end
    this.log.highWatermark = end
    this.committed.advance(end)
    this.readers.notify(Math.max(1, newBytes))
  }

  /** After a truncation: what the log knows now. */
  resetHighWatermark(): void {
    this.#highWatermark = this.log.highWatermark
  }

  /** Nobody may be told any more that anything is committed, or go on waiting. */
  failWaiters(outcome: 'leadershipLost' | 'storageFailed'): void {
    this.committed.fail(outcome)
    this.durable.fail(outcome)
    this.readers.notify(Infinity)
    this.followers.notify(Infinity)
  }
}
