import { randomUuid } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { CheckedBatch } from '../records/index.ts'
import { RecordsError } from '../records/index.ts'
import { appendFollower, appendLeader } from './append.ts'
import type { AppendOptions } from './append.ts'
import type { LogConfig } from './config.ts'
import { LogError } from './errors.ts'
import { leaveInOrder } from './leave.ts'
import { loadLog } from './loader.ts'
import type { LoadedLog } from './loader.ts'
import type { LogDir } from './log-dir.ts'
import { activeSegment, dirtyBytesOf, sizeOf } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { partitionDirName } from './names.ts'
import { readPartitionMetadata, writePartitionMetadata } from './partition-metadata.ts'
import { lastSequence } from './producer-entry.ts'
import { readBatches } from './read.ts'
import { reportRecovery } from './recovery-report.ts'
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
import { retain } from './retain.ts'
import { rollTo } from './roll.ts'
import { run, Running, runLater, runNow } from './steps.ts'
import type { Steps } from './steps.ts'
import { findMaxTimestamp, findTimestamp } from './timestamps.ts'
import { deleteBefore, restartAt, truncateEnd } from './truncate.ts'

/** What is known of a partition before it is loaded. */
export interface PartitionOrigin {
  readonly dir: LogDir
  readonly topic: string
  readonly partition: number
  /** Asked at the load, unless {@link PartitionLog.configure} came first. */
  readonly configOf: (topic: string) => LogConfig
  readonly producerExpirationMs: number
  /** Made by this process just now: with this id. */
  readonly createdWith: Uuid | null
  /** Part of checkpoints and retention. */
  readonly listed: boolean
}

/**
 * One partition's log. It is a small stub until it is used: every member that needs the files loads them then, recovery included, on the loop. Where
 * that may be long (a log that Apache Kafka left after a crash), await {@link load} first, which does it off the loop.
 *
 * Every member throws LogError FAILED when the log dir has failed, CLOSED when the log was closed or deleted.
 */
export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly #origin: PartitionOrigin
  #config: LogConfig | null = null
  #topicId: Uuid | null
  #state: LogState | null = null
  #loading: Running<LoadedLog> | null = null
  #outcome: RecoveryOutcome | null = null
  /** Of the leader that took over before the log was loaded; -1 for none. */
  #pendingEpoch = -1
  #closed = false
  /** Its `partition.metadata` was written anew. */
  #isIdUnsynced = false

  constructor(origin: PartitionOrigin) {
    this.topic = origin.topic
    this.partition = origin.partition
    this.#topicId = origin.createdWith
    this.#origin = origin
  }

  /** Directory of the partition. */
  get dir(): string {
    return `${this.#origin.dir.path}/${this.#name}`
  }

  /** Path of the log dir that holds it. */
  get logDir(): string {
    return this.#origin.dir.path
  }

  /** From `partition.metadata`; null when the file is missing or unreadable. Does not load the log. */
  get topicId(): Uuid | null {
    return (this.#topicId ??= readPartitionMetadata(this.#origin.dir.files.disk, this.dir))
  }

  /**
   * True when the log is that of the topic. An id that cannot be read says so only of a log that was settled once: else the directory is what a
   * power cut left of one that may be older than the topic. Does not load the log.
   */
  belongsTo(topicId: Uuid): boolean {
    return this.topicId === null ? this.#settledOnce : this.topicId === topicId
  }

  /**
   * {@link belongsTo}, and from now on for sure: an id that a power cut took from a log that had been left in order is written again, or what is appended
   * now would be nobody's after the next one. Throws LogError FAILED.
   */
  claim(topicId: Uuid): boolean {
    if (!this.belongsTo(topicId)) return false
    if (this.topicId !== null) return true
    const { dir } = this.#origin
    try {
      writePartitionMetadata(dir.files.disk, this.dir, topicId)
    } catch (error) {
      throw dir.failed(error)
    }
    this.#topicId = topicId
    this.#isIdUnsynced = true
    if (this.#state !== null) this.#state.birthUnsynced = true
    return true
  }

  /** The checkpoint names logs at 0 too, of which nobody knows whether they were ever flushed. */
  get #flushedOnce(): boolean {
    return (this.#origin.dir.findings.recoveryPoints.get(this.#name) ?? 0) > 0
  }

  get #settledOnce(): boolean {
    return this.#origin.dir.findings.clean || this.#flushedOnce
  }

  get config(): LogConfig {
    return (this.#config ??= this.#origin.configOf(this.topic))
  }

  /** Another configuration, from the next operation on. */
  configure(config: LogConfig): void {
    this.#config = config
    if (this.#state !== null) this.#state.config = config
  }

  get loaded(): boolean {
    return this.#state !== null
  }

  /** False while nobody knows whether a crash left something to recover. For the manager. */
  get recovered(): boolean {
    const { dir, createdWith } = this.#origin
    return this.#state !== null || createdWith !== null || dir.findings.clean
  }

  /** Opens and recovers the log off the loop. At once when it is loaded. The outcome is the same for everybody. */
  async load(): Promise<RecoveryOutcome> {
    if (this.#state === null) {
      this.#check()
      try {
        // What is done before the first read throws here and now.
        this.#loading ??= new Running(loadLog(this.#request()))
        const { done } = this.#loading
        this.#accept(await done)
      } catch (error) {
        throw this.#loadFailed(error)
      }
    }
    return this.#outcome ?? NOTHING_RECOVERED
  }

  get logStart(): number {
    return this.#open().logStart
  }

  get logEnd(): number {
    return this.#open().logEnd
  }

  /** All below survives a power cut of this node. */
  get durableEnd(): number {
    return this.#open().durableEnd
  }

  /** Set by replication, kept for the checkpoint and for the last stable offset. Begins as the checkpoint has it, clamped to the log. */
  get highWatermark(): number {
    return this.#open().highWatermark
  }

  set highWatermark(offset: number) {
    const log = this.#open()
    if (log.highWatermark === offset) return
    log.highWatermark = offset
    log.producers.onHighWatermark(offset)
    if (this.#origin.listed) log.env.highWatermarkMoved()
  }

  /** First offset of a transaction that is open, or decided at or above the high watermark; null when there is none. */
  get firstUnstableOffset(): number | null {
    return this.#open().producers.firstUnstableOffset
  }

  /** min(high watermark, first unstable offset). */
  get lastStableOffset(): number {
    const log = this.#open()
    return Math.min(log.highWatermark, log.producers.firstUnstableOffset ?? Infinity)
  }

  get sizeBytes(): number {
    return sizeOf(this.#open())
  }

  /** Segment files. */
  get segmentCount(): number {
    return this.#open().segments.length
  }

  /** Bytes that no completed flush covers. */
  get dirtyBytes(): number {
    return this.#state === null ? 0 : dirtyBytesOf(this.#state)
  }

  /** Epoch of the last leader that took over or wrote; -1 when there was none. */
  get latestEpoch(): number {
    return this.#open().epochs.latest
  }

  /**
   * Leader append: stamps offset and epoch into the batch's bytes and writes it to the page cache.
   * Throws LogError FAILED, NO_SPACE (nothing was appended, and it may be tried again), TOO_MANY_FILES, CLOSED.
   */
  append(batch: CheckedBatch, options: AppendOptions): AppendResult {
    return appendLeader(this.#open(), batch, options)
  }

  /** Follower append: whole batches as fetched, offsets and epochs kept, CRCs checked. Throws as {@link append}. */
  appendFollower(batches: Buffer): FollowerAppendResult {
    return appendFollower(this.#open(), batches)
  }

  /** Whole batches from the one that holds `offset` on. At once when the bytes are surely in the page cache, else a promise: the loop never waits for a device. */
  read(offset: number, options: ReadOptions): ReadResult | Promise<ReadResult> {
    return run(readBatches(this.#open(), offset, options))
  }

  /** The first record at or after the time; null when there is none. Rejects with LogError UNREADABLE where the log is damaged. */
  offsetForTimestamp(timestampMs: number): Promise<TimestampedOffset | null> {
    return this.#search((log) => findTimestamp(log, timestampMs))
  }

  /** The first record with the largest timestamp; null when no record has one. Rejects as {@link offsetForTimestamp}. */
  offsetOfMaxTimestamp(): Promise<TimestampedOffset | null> {
    return this.#search(findMaxTimestamp)
  }

  /** Where the largest epoch at or below `leaderEpoch` ends: the answer to OffsetForLeaderEpoch. */
  epochEndOffset(leaderEpoch: number): EpochEnd {
    const log = this.#open()
    return log.epochs.endOf(leaderEpoch, log.logEnd)
  }

  /** Epoch of the record at `offset`; -1 when unknown. */
  epochAt(offset: number): number {
    return this.#open().epochs.epochAt(offset)
  }

  /** A new leader notes that its epoch begins at the log end. Does not load the log. */
  assignEpoch(leaderEpoch: number): void {
    const log = this.#state
    if (log === null) this.#pendingEpoch = Math.max(this.#pendingEpoch, leaderEpoch)
    else if (leaderEpoch > log.epochs.latest) {
      log.epochsStale = log.epochs.assign(leaderEpoch, log.logEnd)
    }
  }

  /** For DescribeProducers. */
  activeProducers(): ActiveProducer[] {
    return [...this.#open().producers.entries()].map((entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.epoch,
      lastSequence: lastSequence(entry),
      lastTimestampMs: entry.lastTimestampMs,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnStartOffset: entry.txnFirstOffset,
    }))
  }

  /** Resolves when all below `offsetEnd` is durable. Whoever asks during a flush shares the next one. Rejects with LogError FAILED, CLOSED, TRUNCATED. */
  whenDurable(offsetEnd: number): Promise<void> {
    return this.#open().flush.whenDurable(offsetEnd)
  }

  /** Makes all that was appended before the call durable. Rejects as {@link whenDurable}. */
  flush(): Promise<void> {
    return this.whenDurable(this.logEnd)
  }

  /** Follower: removes all batches that reach to `offset` or beyond. Nothing may be appended until it resolves. Rejects with LogError. */
  truncateTo(offset: number): Promise<void> {
    return truncateEnd(this.#open(), offset)
  }

  /** Removes everything; the log begins anew at `offset`. Nothing may be appended until it resolves. Rejects with LogError. */
  truncateFully(offset: number): Promise<void> {
    return restartAt(this.#open(), offset)
  }

  /** DeleteRecords: moves the log start up to `offset`, at most to the high watermark. Resolves with the log start when that survives a crash. */
  deleteRecordsBefore(offset: number): Promise<number> {
    const log = this.#open()
    return deleteBefore(log, Math.min(offset, log.highWatermark))
  }

  /** Begins a new segment, unless the active one is empty. */
  roll(): void {
    const log = this.#open()
    if (activeSegment(log).sizeBytes === 0) return
    try {
      rollTo(log, log.logEnd)
    } catch (error) {
      throw log.env.failed(error)
    }
  }

  /** Applies `retention.ms` and `retention.bytes`; returns how many segments went. For the manager. Rejects with LogError. */
  async retain(nowMs: number): Promise<number> {
    await this.load()
    return retain(this.#open(), nowMs)
  }

  /** Forgets producers that were silent since `seenMsMin` (monotonic). For the manager. */
  expireProducers(seenMsMin: number): void {
    this.#state?.producers.expire(seenMsMin)
  }

  /** What the checkpoints are to say of this log; null where it is not known better than they know. For the manager. */
  checkpointed(): { recoveryPoint: number; logStart: number | null; highWatermark: number } | null {
    const log = this.#state
    if (log === null) return null
    // A log start at the beginning of a file is told by the file's name. One that was asked for must hold although a power cut brings older files back.
    const told = !log.startWasAsked && log.logStart <= (log.segments[0]?.baseOffset ?? 0)
    const { recoveryPoint, highWatermark } = log
    return { recoveryPoint, logStart: told ? null : log.logStart, highWatermark }
  }

  /** The log dir has failed: nobody waits any longer. For the manager. */
  refuse(error: LogError): void {
    this.#state?.flush.refuseFrom(-1, error)
  }

  /** Flushes what is not flushed and leaves the files as Kafka leaves them at a clean stop. For the manager. Rejects with LogError. */
  async close(): Promise<void> {
    if (this.#loading !== null) await this.#loading.done.catch(() => undefined)
    const log = this.#state
    if (log === null || this.#closed) {
      this.#closed = true
      return
    }
    this.#closed = true
    log.closed = true
    try {
      await log.flush.idle()
      if (this.#origin.dir.failure === null) await leaveInOrder(log)
    } finally {
      this.#release(log)
    }
  }

  /** Closes without flushing: the log is about to be deleted. For the manager. */
  abandon(): void {
    this.#closed = true
    this.#loading?.cancel(this.#closedError())
    if (this.#state === null) return
    // Whatever is being flushed must not touch the files of a log that gets the same name.
    this.#state.truncations += 1
    this.#release(this.#state)
  }

  get #name(): string {
    return partitionDirName(this.topic, this.partition)
  }

  #release(log: LogState): void {
    log.closed = true
    log.flush.refuseFrom(-1, this.#closedError())
    for (const segment of log.segments) segment.leave()
  }

  #check(): void {
    this.#origin.dir.check()
    if (this.#closed) throw this.#closedError()
  }

  #closedError(): LogError {
    return new LogError('CLOSED', `Log ${this.#name} is closed`)
  }

  #open(): LogState {
    if (this.#closed || this.#origin.dir.failure !== null) this.#check()
    if (this.#state !== null) return this.#state
    try {
      return this.#accept(this.#loading?.finish() ?? runNow(loadLog(this.#request())))
    } catch (error) {
      throw this.#loadFailed(error)
    }
  }

  #accept(loaded: LoadedLog): LogState {
    if (this.#state !== null) return this.#state
    const { log, outcome } = loaded
    this.#loading = null
    if (this.#closed) {
      this.#release(log)
      throw this.#closedError()
    }
    this.#disown()
    this.#state = log
    this.#outcome = outcome
    if (this.#pendingEpoch >= 0) this.assignEpoch(this.#pendingEpoch)
    reportRecovery(log, outcome)
    return log
  }

  /**
   * What a power cut left of a partition that was never settled, without its id, is nobody's from now on: once settled it must not pass for that of
   * the next topic with its name.
   */
  #disown(): void {
    const { dir, listed } = this.#origin
    if (!listed || this.topicId !== null || this.#settledOnce) return
    this.#topicId = randomUuid((size) => dir.entropy.randomBytes(size))
    writePartitionMetadata(dir.files.disk, this.dir, this.#topicId)
  }

  #loadFailed(error: unknown): LogError {
    this.#loading = null
    return this.#origin.dir.failed(error)
  }

  #request(): Parameters<typeof loadLog>[0] {
    const { dir, listed, createdWith, producerExpirationMs } = this.#origin
    const name = this.#name
    const { findings } = dir
    return {
      env: dir,
      path: this.dir,
      name,
      config: this.config,
      recoveryPoint: listed ? (findings.recoveryPoints.get(name) ?? null) : 0,
      hasCheckpoint: !listed || findings.hasRecoveryPoints,
      logStart: findings.logStarts.get(name) ?? null,
      highWatermark: findings.highWatermarks.get(name) ?? null,
      clean: listed && findings.clean,
      birthUnsynced: createdWith !== null || this.#isIdUnsynced || !this.#flushedOnce,
      entriesUnsynced: !findings.clean,
      producerExpirationMs,
    }
  }

  async #search<T>(steps: (log: LogState) => Steps<T>): Promise<T> {
    for (;;) {
      const log = this.#open()
      const { segments } = log
      try {
        return await runLater(steps(log))
      } catch (error) {
        if (error instanceof RecordsError) throw new LogError('UNREADABLE', error.message, error)
        const failure = this.#origin.dir.failed(error)
        // A segment that was being searched has gone: once more, among those that are left.
        if (failure.code !== 'CLOSED' || log.segments === segments) throw failure
      }
    }
  }
}

const NOTHING_RECOVERED: RecoveryOutcome = { verifiedBytes: 0, cut: null, rebuilt: [] }
