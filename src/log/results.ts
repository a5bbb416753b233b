/** What the log answers. Refusals the protocol knows are values of these types, never exceptions. */
import type { BufferPool } from '../base/index.ts'

export type AppendResult = Appended | DuplicateAppend | RefusedAppend

export interface Appended {
  readonly kind: 'appended'
  readonly baseOffset: number
  /** Inclusive. */
  readonly lastOffset: number
  /** True when `flush.before.ack` or `flush.messages` asks that this append be durable before it is acknowledged: await `whenDurable(lastOffset + 1)`. */
  readonly flushBeforeAck: boolean
}

/** The batch is one of the last five of its producer: it is in the log already, at these offsets. */
export interface DuplicateAppend {
  readonly kind: 'duplicate'
  readonly baseOffset: number
  readonly lastOffset: number
  /** The batch's max timestamp as it was stored. */
  readonly timestampMs: number
  /** As of {@link Appended}: the first copy may not be durable yet. */
  readonly flushBeforeAck: boolean
}

export interface RefusedAppend {
  readonly kind: 'refused'
  readonly reason: AppendRefusal
  readonly message: string
}

/** Kafka's errors OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED. */
export type AppendRefusal =
  | 'outOfOrderSequence'
  | 'invalidProducerEpoch'
  | 'invalidTxnState'
  | 'transactionCoordinatorFenced'

export type FollowerAppendResult =
  | { readonly kind: 'appended'; readonly baseOffset: number; readonly lastOffset: number }
  | {
      readonly kind: 'refused'
      readonly reason: 'corrupt' | 'unexpectedOffset'
      readonly message: string
    }

export interface ReadOptions {
  /** At most this many bytes, except for {@link minOneBatch}. */
  readonly maxBytes: number
  /** Nothing at or beyond this offset: the high watermark, last stable offset or log end. */
  readonly offsetEndMax: number
  /** Return the first batch even if it alone is larger than `maxBytes` (KIP-74). */
  readonly minOneBatch: boolean
  /** Also collect the aborted transactions of the range (read_committed). */
  readonly abortedTransactions?: boolean
  /** Where the memory for the batches comes from: to be given back there by whoever is done with them. */
  readonly buffers?: BufferPool | undefined
}

export type ReadResult = ReadBatches | ReadOutOfRange | ReadCorrupt

export interface ReadBatches {
  readonly kind: 'batches'
  /** Whole batches, the first one containing the offset asked for. Empty when there is nothing up to the bound, or nothing that fits. */
  readonly buffer: Buffer
  /** Offset after the last batch of `buffer`; the offset asked for when it is empty. */
  readonly offsetEnd: number
  /** Null unless asked for. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null
}

export interface ReadOutOfRange {
  readonly kind: 'outOfRange'
  readonly logStart: number
  readonly logEnd: number
}

/** The bytes at this offset are damaged or cannot be read. What lies before and after may be fine. */
export interface ReadCorrupt {
  readonly kind: 'corrupt'
  readonly offset: number
  readonly message: string
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface TimestampedOffset {
  readonly offset: number
  readonly timestampMs: number
  /** -1 when unknown. */
  readonly leaderEpoch: number
}

export interface EpochEnd {
  /** The largest epoch at or below the one asked for, -1 when there is none. */
  readonly leaderEpoch: number
  /** Where that epoch ends (exclusive), -1 when unknown. */
  readonly endOffset: number
}

/** One row of DescribeProducers. */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestampMs: number
  /** -1 when none was seen. */
  readonly coordinatorEpoch: number
  /** -1 when no transaction is open. */
  readonly currentTxnStartOffset: number
}

/** What opening a log found and did. */
export interface RecoveryOutcome {
  /** Bytes whose checksums were verified: all that lay above the recovery point. */
  readonly verifiedBytes: number
  /** What was cut off at the end; null when nothing was. */
  readonly cut: CutTail | null
  /** Derived files that had to be made anew, with the reason. */
  readonly rebuilt: readonly string[]
}

export interface CutTail {
  /** The new log end: offset after the last good batch. */
  readonly offset: number
  readonly segmentBaseOffset: number
  readonly position: number
  readonly sizeBytes: number
  readonly reason: string
}
