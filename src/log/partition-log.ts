import { AssertionError } from '../base/index.ts'
import type { CheckedBatch } from '../records/index.ts'
import type { Uuid } from '../base/index.ts'
import type { LogConfig } from './config.ts'
import type {
  ActiveProducer,
  AppendResult,
  EpochEnd,
  FollowerAppendResult,
  ReadOptions,
  ReadResult,
  RecoveryOutcome,
  TimestampedOffset,
} from './results.ts'

const unfinished = (): never => {
  throw new AssertionError('being written')
}

/**
 * One partition's log. It is an idle stub until first used: every member that needs the files loads them (with recovery) at once, on the
 * loop; {@link load} does the same in slices and should be awaited first where the log may be large.
 */
export class PartitionLog {
  readonly topic: string = unfinished()
  readonly partition: number = unfinished()
  /** Absolute path of the partition's directory. */
  get dir(): string {
    return unfinished()
  }
  /** Path of the log dir that holds it. */
  get logDir(): string {
    return unfinished()
  }
  /** From `partition.metadata`; null when the file is missing or unreadable. */
  get topicId(): Uuid | null {
    return unfinished()
  }
  get config(): LogConfig {
    return unfinished()
  }
  configure(_config: LogConfig): void {
    unfinished()
  }

  get loaded(): boolean {
    return unfinished()
  }
  /** Opens and recovers the log; the same promise for everybody who asks. */
  load(): Promise<RecoveryOutcome> {
    return unfinished()
  }

  get logStart(): number {
    return unfinished()
  }
  get logEnd(): number {
    return unfinished()
  }
  /** All below survives a power cut of this node. */
  get durableEnd(): number {
    return unfinished()
  }
  /** Set by replication; kept for the checkpoint and the last stable offset. Starts at the checkpointed value, clamped to the log. */
  get highWatermark(): number {
    return unfinished()
  }
  set highWatermark(_offset: number) {
    unfinished()
  }
  /** First offset of a transaction that is open, or decided above the high watermark; null when there is none. */
  get firstUnstableOffset(): number | null {
    return unfinished()
  }
  /** min(high watermark, first unstable offset). */
  get lastStableOffset(): number {
    return unfinished()
  }
  get sizeBytes(): number {
    return unfinished()
  }
  /** Bytes appended since the last flush. */
  get dirtyBytes(): number {
    return unfinished()
  }
  /** -1 when the log never had a record. */
  get latestEpoch(): number {
    return unfinished()
  }

  /**
   * Leader append: stamps offset and epoch into the batch's bytes, writes it to the page cache. Throws LogError FAILED, NO_SPACE, CLOSED.
   */
  append(_batch: CheckedBatch, _options: { readonly leaderEpoch: number }): AppendResult {
    return unfinished()
  }
  /** Follower append: whole batches as fetched, offsets kept; CRCs are checked. */
  appendFollower(_batches: Buffer): FollowerAppendResult {
    return unfinished()
  }

  /** A value at once when the bytes are surely in memory, else a promise: never waits for a device on the loop. */
  read(_offset: number, _options: ReadOptions): ReadResult | Promise<ReadResult> {
    return unfinished()
  }
  /** First record at or after the time; null when there is none. */
  offsetForTimestamp(_timestampMs: number): Promise<TimestampedOffset | null> {
    return unfinished()
  }
  /** The record with the largest timestamp; null when the log is empty. */
  offsetOfMaxTimestamp(): Promise<TimestampedOffset | null> {
    return unfinished()
  }
  /** OffsetForLeaderEpoch. */
  epochEndOffset(_leaderEpoch: number): EpochEnd {
    return unfinished()
  }
  /** A new leader notes where its epoch begins (log end), before its first append. */
  assignEpoch(_leaderEpoch: number): void {
    unfinished()
  }
  activeProducers(): ActiveProducer[] {
    return unfinished()
  }

  /** Resolves when all below `offsetEnd` is durable; callers during a flush share the next one. Rejects with LogError. */
  whenDurable(_offsetEnd: number): Promise<void> {
    return unfinished()
  }
  /** Makes all that was appended before the call durable. */
  flush(): Promise<void> {
    return unfinished()
  }

  /** Follower: cuts everything at and after `offset`. No append may run meanwhile. */
  truncateTo(_offset: number): Promise<void> {
    return unfinished()
  }
  /** Drops everything; the log starts anew, empty, at `offset`. */
  truncateFully(_offset: number): Promise<void> {
    return unfinished()
  }
  /** DeleteRecords: moves the log start up to `offset` (at most the high watermark), resolves with it when that survives a crash. */
  deleteRecordsBefore(_offset: number): Promise<number> {
    return unfinished()
  }
  /** Starts a new segment, unless the active one is empty. */
  roll(): void {
    unfinished()
  }
}
