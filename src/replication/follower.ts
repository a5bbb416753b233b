/**
 * A replica that follows its leader, in one leader epoch: appends what was fetched, takes over the high watermark and the log start, and cuts its log
 * where it leaves the leader's. Performs what follower-rules.ts decides; fetching itself is the fetcher's.
 */
import { readInt64 } from '../base/index.ts'
import type { Telemetry } from '../io/index.ts'
import { LogError } from '../log/index.ts'
import { BATCH_PREFIX_SIZE } from '../records/index.ts'
import { remedyFor, repairFor, truncationOffset } from './follower-rules.ts'
import type { FetchRemedy, LogEnds } from './follower-rules.ts'
import type { LocalReplica } from './local-replica.ts'

/** Where a follower goes on fetching. */
export interface FetchPosition {
  readonly fetchOffset: number
  /** Epoch of the last record; -1: the log is empty. */
  readonly lastFetchedEpoch: number
  readonly logStart: number
}

/** A leader's answer for one partition. */
export interface FetchedPartition {
  readonly errorCode: number
  readonly records: Buffer | null
  readonly highWatermark: number
  readonly logStartOffset: number
  /** An epoch below 0: the logs agree. */
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number }
}

/** `ok`: go on. `busy`: go on when {@link Follower.isReady}. `failed`: the log cannot be used any more. */
export type FetchVerdict = 'ok' | 'busy' | 'failed' | FetchRemedy

export interface FollowerOptions {
  readonly leaderId: number
  readonly leaderEpoch: number
  /** With `flush.before.ack`: what is fetched next is on this disk first. */
  readonly flushBeforeAck: boolean
  readonly telemetry: Telemetry
}

/** Of a batch's header: the epoch of the leader that appended it. */
const LEADER_EPOCH_POSITION = 12

export class Follower {
  readonly replica: LocalReplica
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly flushBeforeAck: boolean
  /** Called when it is ready again after having been busy. */
  onReady: () => void = () => {}
  /** Called when the epoch is over. */
  onStopped: () => void = () => {}
  /** Of the last answer; -1 before it. */
  #leaderHighWatermark = -1
  readonly #telemetry: Telemetry
  #busy: Promise<void> | null = null
  #isOver = false
  #isFailed = false

  constructor(replica: LocalReplica, options: FollowerOptions) {
    this.replica = replica
    this.leaderId = options.leaderId
    this.leaderEpoch = options.leaderEpoch
    this.flushBeforeAck = options.flushBeforeAck
    this.#telemetry = options.telemetry
    this.#occupy(this.#prepare())
  }

  /** False while the log is loaded or cut, and after a failure. */
  get isReady(): boolean {
    return this.#busy === null && !this.#isFailed && !this.#isOver
  }

  /** Committed records that it does not have yet, as of the last answer. Throws LogError. */
  get lag(): number {
    return Math.max(0, this.#leaderHighWatermark - this.replica.log.logEnd)
  }

  /** Throttled, and not in sync as far as it can tell: its fetches are held to the rate. */
  get isHeldBack(): boolean {
    if (!this.replica.throttled.asFollower) return false
    return this.#leaderHighWatermark < 0 || this.lag > 0
  }

  get isFailed(): boolean {
    return this.#isFailed
  }

  /** Resolves when nothing of the follower touches the log any more; null: nothing does. */
  get busy(): Promise<void> | null {
    return this.#busy
  }

  /** The epoch is over: answers that still come are not heard. */
  stop(): void {
    this.#isOver = true
    this.onStopped()
    this.replica.failWaiters('leadershipLost')
  }

  /** Throws LogError. */
  position(): FetchPosition {
    const { log } = this.replica
    const { logStart, logEnd } = log
    const lastFetchedEpoch = logEnd > logStart ? log.epochAt(logEnd - 1) : -1
    return { fetchOffset: logEnd, lastFetchedEpoch, logStart }
  }

  /** With `flush.before.ack`: it has what is not on its disk, and must not say that it has it. */
  get needsFlush(): boolean {
    if (!this.flushBeforeAck || !this.isReady) return false
    const { log } = this.replica
    try {
      return log.durableEnd < log.logEnd
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  /** Resolves when what it has is on its disk, or cannot get there. */
  flush(): Promise<void> {
    const { log } = this.replica
    return log.whenDurable(log.logEnd).catch((error: unknown) => this.#failed(error))
  }

  /** Takes an answer to a fetch from `fetchOffset`. Stale ones are not heard (KAFKA-18991). */
  take(answer: FetchedPartition, fetchOffset: number): FetchVerdict {
    if (this.#isOver || this.#busy !== null) return 'ok'
    if (answer.errorCode !== 0) return remedyFor(answer.errorCode)
    try {
      if (this.replica.log.logEnd !== fetchOffset) return 'ok'
      if (answer.divergingEpoch.epoch >= 0) return this.#diverged(answer.divergingEpoch)
      return this.#append(answer)
    } catch (error) {
      // A full disk may have room again. Nothing of the fetch was appended.
      if (error instanceof LogError && error.code === 'NO_SPACE') return 'later'
      this.#failed(error)
      return 'failed'
    }
  }

  /** The leader does not have the offset that was asked for. */
  repair(leader: LogEnds): FetchVerdict {
    if (this.#isOver || this.#busy !== null) return 'ok'
    const { log, name } = this.replica
    try {
      const { logStart, logEnd } = log
      const repair = repairFor({ logStart, logEnd }, leader)
      if (repair.kind === 'none') return 'ok'
      const { kind, offset } = repair
      const message = `${name} ${kind === 'truncateTo' ? 'is cut' : 'begins anew'} at offset ${offset}: its leader has ${leader.logStart} to ${leader.logEnd}, it had ${logStart} to ${logEnd}`
      this.#cut(message, offset, () =>
        kind === 'truncateTo' ? log.truncateTo(offset) : log.truncateFully(offset),
      )
      return 'busy'
    } catch (error) {
      this.#failed(error)
      return 'failed'
    }
  }

  async #prepare(): Promise<void> {
    const { log } = this.replica
    await log.load()
    // An epoch that it led without a record is none that the leader needs to know of.
    await log.truncateTo(log.logEnd)
    this.replica.resetHighWatermark()
  }

  #append({ records, highWatermark, logStartOffset }: FetchedPartition): FetchVerdict {
    const { replica } = this
    const { log } = replica
    const sizeBytes = records?.length ?? 0
    if (records !== null && sizeBytes > 0) {
      const problem = this.#epochProblem(records)
      const result =
        problem === null ? log.appendFollower(records) : { kind: 'refused', message: problem }
      if (result.kind === 'refused') {
        const fields = { partition: replica.name, leader: this.leaderId, epoch: this.leaderEpoch }
        const { message } = result as { message: string }
        this.#telemetry.log('warn', 'replica.fetch.refused', `${replica.name}: ${message}`, fields)
        return 'later'
      }
      replica.traffic.replicatedIn += sizeBytes
    }
    this.#leaderHighWatermark = highWatermark
    const end = Math.min(highWatermark, log.logEnd)
    if (end > replica.highWatermark) replica.raiseHighWatermark(end, sizeBytes)
    if (logStartOffset > log.logStart) {
      log.deleteRecordsBefore(logStartOffset).catch((error: unknown) => this.#failed(error))
    }
    return 'ok'
  }

  /** No leader has batches of an epoch later than its own (KAFKA-18723). */
  #epochProblem(records: Buffer): string | null {
    for (let at = 0; at + LEADER_EPOCH_POSITION + 4 <= records.length;) {
      const epoch = records.readInt32BE(at + LEADER_EPOCH_POSITION)
      if (epoch > this.leaderEpoch) {
        return `Cannot append a batch at offset ${readInt64(records, at)}: it is of epoch ${epoch}, the leader of ${this.leaderEpoch}`
      }
      const sizeBytes = records.readInt32BE(at + 8) + BATCH_PREFIX_SIZE
      if (sizeBytes <= BATCH_PREFIX_SIZE) return null // appendFollower says what is wrong with it
      at += sizeBytes
    }
    return null
  }

  #diverged(diverging: FetchedPartition['divergingEpoch']): FetchVerdict {
    const { log, name } = this.replica
    const { logEnd, durableEnd } = log
    const offset = truncationOffset(diverging, log.epochEndOffset(diverging.epoch), logEnd)
    const message = `${name} is cut at offset ${offset}: it ended at ${logEnd} (durable ${durableEnd}), its leader's epoch ${diverging.epoch} ends at ${diverging.endOffset}`
    this.#cut(message, offset, () => log.truncateTo(offset))
    return 'busy'
  }

  #cut(message: string, offset: number, work: () => Promise<void>): void {
    const { replica } = this
    const { logEnd, sizeBytes } = replica.log
    const { highWatermark } = replica
    this.#occupy(
      work().then(() => {
        replica.resetHighWatermark()
        this.#telemetry.log(offset < highWatermark ? 'warn' : 'info', 'log.truncated', message, {
          partition: replica.name,
          leader: this.leaderId,
          epoch: this.leaderEpoch,
          offset,
          records: logEnd - offset,
          bytes: sizeBytes - replica.log.sizeBytes,
          highWatermark,
        })
      }),
    )
  }

  #occupy(work: Promise<void>): void {
    this.#busy = work
      .catch((error: unknown) => this.#failed(error))
      .then(() => {
        this.#busy = null
        if (this.isReady) this.onReady()
      })
  }

  #failed(error: unknown): void {
    if (!(error instanceof LogError)) throw error
    // Waiting for a flush of what a truncation has taken away is no failure.
    if (error.code === 'TRUNCATED' || this.#isOver) return
    this.#isFailed = true
    this.replica.failWaiters('storageFailed')
  }
}
