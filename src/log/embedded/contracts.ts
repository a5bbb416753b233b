/** The embedded log, as a program sees it. */
import type { LogError } from '../errors.ts'
import type { CutTail } from '../results.ts'
import type { RecordInput } from './encoding.ts'
import type { StateAt } from './options.ts'
import type { DamagedRange, LogRecord } from './reading.ts'

/**
 * An append-only sequence of records with offsets 0, 1, 2 ... Made by `openLog`.
 *
 * An append goes to the page cache and survives a crash of the process (`kill -9` too) when the call returns, and a power cut when its
 * `durable` has resolved. After a failed write or flush the log is failed for good (FAILED): close it, and open it again to see what is left.
 *
 * Every error is a LogError with a stable `code`.
 */
export interface Log extends AsyncDisposable {
  /** As given to `openLog`. */
  readonly path: string
  readonly recovery: Recovery
  /** Offset of the first record that is there. */
  readonly start: number
  /** The offset that the next record gets. */
  readonly end: number
  /** All records below survive a power cut. */
  readonly durableEnd: number
  /** The first failure of a write or flush, after which nothing can be written; null while all is well. */
  readonly failure: LogError | null
  /**
   * Appends one record. Throws LogError INVALID, TOO_LARGE, NO_SPACE (nothing was appended; it may be tried again), BUSY (during
   * {@link truncateFrom}), FAILED, CLOSED.
   */
  append(record: RecordInput): Appended
  /** Appends records that belong together: after a crash all of them are there or none. At least one. Throws as {@link append}. */
  appendAll(records: readonly RecordInput[]): Appended
  /** Makes all that was appended before the call survive a power cut. Rejects with LogError FAILED, TRUNCATED, CLOSED. */
  flush(): Promise<void>
  /**
   * Records from `offset` on, a chunk of about `maxBytes`; none at the end of the log. Rejects with LogError OUT_OF_RANGE (truncated away, or
   * beyond the end), CORRUPT, FAILED, CLOSED.
   */
  read(offset: number, options?: ReadOptions): Promise<LogRecord[]>
  /** The records from `offset` (default: the start) to the end as it is now. Reads on only when they are taken. Throws as {@link read}. */
  iterate(offset?: number, options?: IterateOptions): AsyncGenerator<LogRecord, void, undefined>
  /**
   * The records from `offset` (default: the end) on, and then each as it is appended, until the signal fires or the log is closed. Throws as
   * {@link read}: OUT_OF_RANGE when the front was truncated past the reader, or the end in front of it.
   */
  tail(offset?: number, options?: TailOptions): AsyncGenerator<LogRecord, void, undefined>
  /**
   * Removes the records below `offset`: they are never read again, and their files go as far as whole segments allow. Resolves, with the new
   * start, when that survives a power cut. Rejects with LogError OUT_OF_RANGE, FAILED, CLOSED.
   */
  truncateBefore(offset: number): Promise<number>
  /**
   * Removes the records from `offset` on; their offsets are given anew. Nothing can be appended until it resolves, which is when it survives a power
   * cut. Records that were appended together go together: INSIDE_BATCH otherwise. Rejects with LogError OUT_OF_RANGE, BUSY, FAILED, CLOSED.
   */
  truncateFrom(offset: number): Promise<void>
  /** Begins a new segment file, so that what was appended so far can be removed or archived as whole files. Throws LogError. */
  roll(): void
  /** Applies `retentionMs` and `retentionBytes` now; returns how many segments went. Happens by itself every `retentionCheckMs`. */
  retain(): Promise<number>
  /**
   * Stores the program's state, so that the next start replays only what comes behind it. Flushes the log up to there first: a snapshot is never
   * ahead of its log. With `truncate` the records that it covers are removed once it is safe. Rejects with LogError OUT_OF_RANGE,
   * SNAPSHOT_FAILED (the log is as before), NO_SPACE, FAILED, CLOSED.
   */
  saveSnapshot(state: StateAt, options?: { readonly truncate?: boolean }): Promise<void>
  /**
   * The newest snapshot that is whole and that the log continues; null when there is none, and the whole log is the state. Throws LogError CORRUPT
   * when the records that would be needed are gone: truncated, with no sound snapshot to cover them.
   */
  loadSnapshot(): StateAt | null
  /** Figures for people and dashboards. Throws LogError CLOSED. */
  stats(): LogStats
  /**
   * Flushes everything and marks the stop as clean, so that the next start has nothing to recover. Ends tails. Harmless when closed. Rejects with
   * LogError FAILED or NO_SPACE when the flush was not possible; the log is closed all the same.
   */
  close(): Promise<void>
  /** `await using log = await openLog(...)` closes it. */
  [Symbol.asyncDispose](): Promise<void>
}

/** What opening the log found and did. */
export interface Recovery {
  /** The log was closed in order, or is new: there was nothing to recover. */
  readonly clean: boolean
  /** Bytes whose checksums were verified: all that lay above the last flush that was known. */
  readonly verifiedBytes: number
  /** What was cut off at the end, with the reason; null when nothing was. None of it was ever reported durable. */
  readonly cut: CutTail | null
  /** Indexes that had to be made anew, and damage that was found, in words. */
  readonly notes: readonly string[]
}

/** Records that were appended together. They are recovered together as well: all of them or none. */
export interface Appended {
  /** Of the first record. The others follow without gaps. */
  readonly offset: number
  /** Behind the last record (exclusive). */
  readonly offsetEnd: number
  /**
   * Resolves when the records survive a power cut. Reading this property asks for the flush: whoever does not read it pays for none. All
   * who ask while one flush runs share the next. Rejects with LogError FAILED, TRUNCATED, CLOSED.
   */
  readonly durable: Promise<void>
}

export interface ReadOptions {
  /** Read about this many bytes at a time, but at least one batch. Default 1 MiB. */
  readonly maxBytes?: number
}

export interface IterateOptions extends ReadOptions {
  /** Stop in front of this offset. Default: the end of the log at the time of the call. */
  readonly offsetEnd?: number
  /** Told of records that cannot be read, which are then passed over. Without it the iteration throws LogError CORRUPT. */
  readonly onDamage?: (range: DamagedRange) => void
}

export interface TailOptions extends ReadOptions {
  /** Give out a record only when it survives a power cut. Asks for the flushes itself. Default false. */
  readonly durable?: boolean
  /** Ends the tail. */
  readonly signal?: AbortSignal
  /** As of {@link IterateOptions.onDamage}. */
  readonly onDamage?: (range: DamagedRange) => void
}

/** Figures of a log. After a failure its bounds and sizes are unknown: -1. */
export interface LogStats {
  readonly start: number
  readonly end: number
  readonly durableEnd: number
  readonly sizeBytes: number
  /** Appended, and covered by no flush yet: what a power cut could take now. */
  readonly dirtyBytes: number
  readonly segments: number
  /** Since the log was opened. */
  readonly appendedRecords: number
  readonly appendedBytes: number
  /** Offset of the newest snapshot; null when there is none. */
  readonly snapshotOffset: number | null
  /** Why nothing can be written any more; null while all is well. */
  readonly failure: LogError | null
}
