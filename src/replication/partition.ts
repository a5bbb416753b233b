/**
 * One partition on its leader: appends under the leader's epoch, knows the high watermark, and wakes those who wait for it to move.
 *
 * With `flush.before.ack` the leader's acknowledged end is its *durable* end, so the high watermark means "on disk"; without it, the
 * page cache counts, as in Kafka (DESIGN.md section 4).
 */
import type { BufferPool, Uuid } from '../base/index.ts'
import { LogError } from '../log/index.ts'
import type { AppendResult, PartitionLog, ReadResult } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { CheckedBatch, ProduceRules } from '../records/index.ts'
import { highWatermarkOf } from './high-watermark.ts'
import { CommitWaiters, DataWaiters } from './waiting.ts'

export type Acks = -1 | 0 | 1

/** The rules of the gateway that come from the topic's configuration alone. */
export type TopicProduceRules = Omit<ProduceRules, 'nowMs' | 'zstdAllowed'>

/** What the cluster has decided about the partition, and what its topic's configuration asks for. */
export interface PartitionAssignment {
  readonly leaderEpoch: number
  readonly isrCount: number
  readonly minInsyncReplicas: number
  /** `flush.before.ack` with `auto` resolved, or `flush.messages=1`. */
  readonly flushBeforeAck: boolean
  readonly produceRules: TopicProduceRules
}

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

export interface FetchSpec {
  readonly offset: number
  readonly maxBytes: number
  readonly minOneBatch: boolean
  readonly readCommitted: boolean
  /** -1: unchecked. */
  readonly currentLeaderEpoch: number
  /** -1: unchecked (KIP-595 truncation detection). */
  readonly lastFetchedEpoch: number
  /** Where the memory for the records comes from. */
  readonly buffers?: BufferPool
}

export interface FetchOutcome {
  readonly errorCode: number
  readonly records: Buffer
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStart: number
  readonly abortedTransactions: ReadonlyArray<{ producerId: number; firstOffset: number }> | null
  /** Where the fetcher's log leaves this one (KIP-595); null: it does not. */
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | null
}

const EMPTY = Buffer.alloc(0)

export class Partition {
  readonly topic: string
  readonly topicId: Uuid
  readonly index: number
  readonly log: PartitionLog
  #assignment: PartitionAssignment
  #highWatermark: number
  /** Those who wait for the high watermark (acks=all). */
  readonly committed = new CommitWaiters()
  /** Those who wait for the leader's own disk (acks=1 with flush before ack). */
  readonly durable = new CommitWaiters()
  /** Fetches that wait for bytes. */
  readonly readers = new DataWaiters()
  /** Since the partition came to life on this node; for metrics. */
  readonly traffic = { recordsIn: 0, bytesIn: 0, bytesOut: 0 }
  #isFlushAwaited = false
  #recovering: Promise<void> | null = null
  /** Bytes appended since the high watermark last moved. */
  #unseenBytes = 0

  constructor(log: PartitionLog, topicId: Uuid, assignment: PartitionAssignment) {
    this.topic = log.topic
    this.topicId = topicId
    this.index = log.partition
    this.log = log
    this.#assignment = assignment
    log.assignEpoch(assignment.leaderEpoch)
    this.#highWatermark = Math.max(log.highWatermark, this.#leaderAckedEnd())
    log.highWatermark = this.#highWatermark
    // What an unclean stop left behind may be on no disk yet: it is committed once it is, not with the next append.
    if (!this.#mustFlushMore() || log.durableEnd === log.logEnd) return
    // The checkpoint may know that all of it was committed.
    if (this.#highWatermark < log.logEnd) {
      this.#recovering = new Promise((resolve) => this.committed.add(log.logEnd, () => resolve()))
      void this.#recovering.then(() => {
        this.#recovering = null
      })
    }
    this.#awaitFlush()
  }

  /** Resolves when what was in the log at its opening is committed, or cannot be; null: it is. Until then the high watermark is too low. */
  get recovering(): Promise<void> | null {
    return this.#recovering
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

  get leaderEpoch(): number {
    return this.#assignment.leaderEpoch
  }

  get assignment(): PartitionAssignment {
    return this.#assignment
  }

  get produceRules(): TopicProduceRules {
    return this.#assignment.produceRules
  }

  /** Exclusive end of what is committed: consumers see no further. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  /** Exclusive end of what read_committed consumers see: where the first open transaction begins, at most the high watermark. */
  get lastStableOffset(): number {
    return this.log.lastStableOffset
  }

  /** Takes a new decision of the controller or a new configuration. A new epoch fails all that waits under the old one. */
  reassign(assignment: PartitionAssignment): void {
    const isNewEpoch = assignment.leaderEpoch !== this.#assignment.leaderEpoch
    this.#assignment = assignment
    if (isNewEpoch) {
      this.readers.notify(Infinity)
      this.committed.fail('leadershipLost')
      this.durable.fail('leadershipLost')
      this.log.assignEpoch(assignment.leaderEpoch)
    }
    if (this.#mustFlushMore() && this.log.durableEnd < this.log.logEnd) this.#awaitFlush()
    this.#advance()
  }

  /** The topic is gone: whoever waits is told. */
  close(): void {
    this.committed.fail('leadershipLost')
    this.durable.fail('leadershipLost')
    this.readers.notify(Infinity)
  }

  /** Appends one checked batch as leader. */
  append(batch: CheckedBatch, acks: Acks): AppendOutcome {
    const { isrCount, minInsyncReplicas, leaderEpoch } = this.#assignment
    if (acks === -1 && isrCount < minInsyncReplicas) {
      const message = `Cannot append to ${this.topic}-${this.index}: ${isrCount} replicas are in sync, min.insync.replicas is ${minInsyncReplicas}`
      return { ok: false, errorCode: errorCodes.NOT_ENOUGH_REPLICAS, message }
    }
    let result: AppendResult
    try {
      result = this.log.append(batch, { leaderEpoch })
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      return { ok: false, errorCode: errorCodes.KAFKA_STORAGE_ERROR, message: error.message }
    }
    if (result.kind === 'refused') {
      return { ok: false, errorCode: errorOfRefusal[result.reason], message: result.message }
    }
    const offsetEnd = result.lastOffset + 1
    let mustFlush = this.#assignment.flushBeforeAck
    if (result.kind === 'appended') {
      mustFlush ||= result.flushBeforeAck
      this.#unseenBytes += batch.buffer.length
      this.traffic.recordsIn += batch.header.recordCount
      this.traffic.bytesIn += batch.buffer.length
      if (mustFlush) this.#awaitFlush()
      this.#advance()
    }
    return {
      ok: true,
      baseOffset: result.baseOffset,
      offsetEnd,
      logAppendTimeMs: this.#logAppendTime(batch, result),
      isAcked: acks === 0 || this.#ackedEnd(acks, mustFlush) >= offsetEnd,
    }
  }

  #ackedEnd(acks: Acks, mustFlush: boolean): number {
    if (acks === -1) return this.#highWatermark
    return mustFlush ? this.log.durableEnd : this.log.logEnd
  }

  #logAppendTime(batch: CheckedBatch, result: AppendResult): number {
    if (this.produceRules.timestampType !== 'LogAppendTime') return -1
    return result.kind === 'duplicate' ? result.timestampMs : batch.header.maxTimestamp
  }

  /** One waiter for the log's group commit serves all appends that came before it resolves. */
  #awaitFlush(): void {
    if (this.#isFlushAwaited) return
    this.#isFlushAwaited = true
    const end = this.log.logEnd
    this.log
      .whenDurable(end)
      .then(() => {
        this.#isFlushAwaited = false
        if (this.log.logEnd > this.log.durableEnd && this.#mustFlushMore()) this.#awaitFlush()
        this.#advance()
      })
      .catch((error: unknown) => {
        // The log dir failed, or the log was closed meanwhile: nobody may be told that anything is committed.
        this.#isFlushAwaited = false
        this.committed.fail('storageFailed')
        this.durable.fail('storageFailed')
        if (!(error instanceof LogError)) throw error
      })
  }

  #mustFlushMore(): boolean {
    return this.#acksDurableEnd() || this.durable.count > 0
  }

  /** Whether only the durable end counts now: always, or because `flush.messages` records wait for the flush that they made due. */
  #acksDurableEnd(): boolean {
    const { logEnd, durableEnd, config } = this.log
    return this.#assignment.flushBeforeAck || logEnd - durableEnd >= config.flushMessages
  }

  #leaderAckedEnd(): number {
    return this.#acksDurableEnd() ? this.log.durableEnd : this.log.logEnd
  }

  #advance(): void {
    this.durable.advance(this.log.durableEnd)
    const end = highWatermarkOf(this.#highWatermark, this.#leaderAckedEnd(), [])
    if (end === this.#highWatermark) return
    const newBytes = Math.max(1, this.#unseenBytes)
    this.#unseenBytes = 0
    this.#highWatermark = end
    this.log.highWatermark = end
    this.committed.advance(end)
    this.readers.notify(newBytes)
  }

  /** Reads for a consumer: up to the high watermark, or the last stable offset. */
  fetch(spec: FetchSpec): FetchOutcome | Promise<FetchOutcome> {
    const refusal = this.checkEpoch(spec.currentLeaderEpoch)
    if (refusal !== 0) return failedFetch(refusal)
    try {
      const diverging = this.#divergence(spec)
      if (diverging === 'unknown') return failedFetch(errorCodes.OFFSET_OUT_OF_RANGE)
      if (diverging !== null) return { ...this.#outcome(EMPTY, null), divergingEpoch: diverging }
      const result = this.log.read(spec.offset, {
        maxBytes: spec.maxBytes,
        offsetEndMax: spec.readCommitted ? this.lastStableOffset : this.#highWatermark,
        minOneBatch: spec.minOneBatch,
        abortedTransactions: spec.readCommitted,
        buffers: spec.buffers,
      })
      if (result instanceof Promise)
        return result.then((late) => this.#fetched(late)).catch(storageError)
      return this.#fetched(result)
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

  /** 'unknown': the fetcher's epoch is one that this log has not come to, or has forgotten. */
  #divergence({ lastFetchedEpoch, offset }: FetchSpec): FetchOutcome['divergingEpoch'] | 'unknown' {
    if (lastFetchedEpoch < 0) return null
    const { leaderEpoch, endOffset } = this.log.epochEndOffset(lastFetchedEpoch)
    if (leaderEpoch < 0 || endOffset < 0) return 'unknown'
    if (leaderEpoch === lastFetchedEpoch && endOffset >= offset) return null
    return { epoch: leaderEpoch, endOffset }
  }

  #fetched(result: ReadResult): FetchOutcome {
    switch (result.kind) {
      case 'batches':
        this.traffic.bytesOut += result.buffer.length
        return this.#outcome(result.buffer, result.abortedTransactions)
      case 'outOfRange':
        return failedFetch(errorCodes.OFFSET_OUT_OF_RANGE)
      case 'corrupt':
        return failedFetch(errorCodes.CORRUPT_MESSAGE)
    }
  }

  #outcome(
    records: Buffer,
    abortedTransactions: FetchOutcome['abortedTransactions'],
  ): FetchOutcome {
    return {
      errorCode: 0,
      records,
      highWatermark: this.#highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStart: this.log.logStart,
      abortedTransactions,
      divergingEpoch: null,
    }
  }
}

/** The answer for a partition that cannot be read. */
export function failedFetch(errorCode: number): FetchOutcome {
  return {
    errorCode,
    records: EMPTY,
    highWatermark: -1,
    lastStableOffset: -1,
    logStart: -1,
    abortedTransactions: null,
    divergingEpoch: null,
  }
}

function storageError(error: unknown): FetchOutcome {
  if (error instanceof LogError) return failedFetch(errorCodes.KAFKA_STORAGE_ERROR)
  throw error
}

const errorOfRefusal = {
  outOfOrderSequence: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER,
  invalidProducerEpoch: errorCodes.INVALID_PRODUCER_EPOCH,
  invalidTxnState: errorCodes.INVALID_TXN_STATE,
  transactionCoordinatorFenced: errorCodes.TRANSACTION_COORDINATOR_FENCED,
} as const
