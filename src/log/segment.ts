/**
 * One segment: a `.log` file of batches and its three indexes (org.apache.kafka.storage.internals.log.LogSegment). The segment knows its files and what
 * it says about itself; what several segments together mean is the log's business.
 */
import { INT32_MAX } from '../base/index.ts'
import { BATCH_HEADER_SIZE, readBatchHeader } from '../records/index.ts'
import type { LogConfig } from './config.ts'
import type { EntryFile } from './entry-file.ts'
import type { FileCache } from './file-cache.ts'
import { PooledFile } from './file-cache.ts'
import {
  DELETED_SUFFIX,
  INDEX_SUFFIX,
  LOG_SUFFIX,
  offsetFileName,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './names.ts'
import type { IndexContents } from './locate.ts'
import { OffsetIndex } from './offset-index.ts'
import type { Steps } from './steps.ts'
import type { TimestampOffset } from './time-index.ts'
import { TimeIndex } from './time-index.ts'
import { TxnIndex } from './txn-index.ts'

const SUFFIXES = [LOG_SUFFIX, INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX]

/** A batch as the indexes see it. */
export interface PlacedBatch {
  readonly position: number
  readonly sizeBytes: number
  readonly lastOffset: number
  readonly maxTimestamp: number
}

/** What a new batch would bring, for {@link Segment.mustRoll}. */
export interface RollQuestion {
  readonly sizeBytes: number
  readonly maxTimestamp: number
  readonly lastOffset: number
  readonly nowMs: number
}

export class Segment {
  readonly baseOffset: number
  /** Bytes of whole batches; all that readers may see. */
  sizeBytes = 0
  /** Of these, how many a completed sync covers. */
  syncedBytes = 0
  /** False until the `.log` file is made: a partition that was never written has none. */
  onDisk = false
  /** Removed from the log: what a reader still finds of it is out of range. */
  retired = false
  /** The index was made anew or proved right; if it disagrees with the log from now on, the log is damaged. */
  indexTrusted = false
  /** The same of the time index. */
  timesTrusted = false

  readonly #files: FileCache
  readonly #dirPath: string
  readonly #createdMs: number
  #jitterMs = 0
  #log: PooledFile | null = null
  #offsetIndex: OffsetIndex | null = null
  #timeIndex: TimeIndex | null = null
  #txnIndex: TxnIndex | null = null
  /** Where the batch of the last index entry begins. */
  #indexedPosition = 0
  /** Max timestamp of the first batch, by which the segment ages; null while it is empty or unknown. */
  #firstTimestamp: number | null = null
  /** The largest timestamp so far and the last offset of its batch; null until {@link prepare} or the first batch. */
  #largest: TimestampOffset | null = null

  constructor(files: FileCache, dirPath: string, baseOffset: number, createdMs: number) {
    this.#files = files
    this.#dirPath = dirPath
    this.baseOffset = baseOffset
    this.#createdMs = createdMs
  }

  get log(): PooledFile {
    return (this.#log ??= new PooledFile(this.#files, this.#path(LOG_SUFFIX)))
  }

  get offsetIndex(): OffsetIndex {
    return (this.#offsetIndex ??= new OffsetIndex(
      this.#files,
      this.#path(INDEX_SUFFIX),
      this.baseOffset,
    ))
  }

  get timeIndex(): TimeIndex {
    return (this.#timeIndex ??= new TimeIndex(
      this.#files,
      this.#path(TIME_INDEX_SUFFIX),
      this.baseOffset,
    ))
  }

  get txnIndex(): TxnIndex {
    return (this.#txnIndex ??= new TxnIndex(this.#files, this.#path(TXN_INDEX_SUFFIX)))
  }

  /** Makes the `.log` file. `random` in [0, 1) draws this segment's share of `segment.jitter.ms`. */
  create(config: LogConfig, random: number): void {
    this.log.create()
    this.offsetIndex.file.reset()
    this.timeIndex.reset()
    this.txnIndex.file.reset()
    // Zeros after the end of the data are what Kafka's preallocation leaves as well: readers and recovery stop at them.
    if (config.preallocate) this.log.truncate(config.segmentBytes)
    this.onDisk = true
    this.#jitterMs = random * Math.min(config.segmentJitterMs, config.segmentMs)
  }

  /** Finds out what {@link note} and {@link mustRoll} need to know of a segment that others wrote. */
  *prepare(hot: boolean): Steps<void> {
    yield* this.offsetIndex.file.open(hot)
    yield* this.timeIndex.open(hot)
    this.#largest ??= yield* this.timeIndex.last(hot)
    if (this.#firstTimestamp !== null || this.sizeBytes < BATCH_HEADER_SIZE) return
    const first = yield { file: this.log, position: 0, sizeBytes: BATCH_HEADER_SIZE, hot }
    if (first.length === BATCH_HEADER_SIZE) {
      this.#firstTimestamp = readBatchHeader(first, 0).maxTimestamp
    }
  }

  /** Enters a batch that lies in the `.log` file at the end of what was noted so far. */
  note(batch: PlacedBatch, indexIntervalBytes: number): void {
    const { position, lastOffset, maxTimestamp } = batch
    if (position === 0) this.#firstTimestamp = maxTimestamp
    if (this.#largest === null || maxTimestamp > this.#largest.timestampMs) {
      this.#largest = { timestampMs: maxTimestamp, offset: lastOffset }
    }
    if (position - this.#indexedPosition > indexIntervalBytes) {
      this.offsetIndex.add(lastOffset, position)
      this.#addTimeEntry()
      this.#indexedPosition = position
    }
    this.sizeBytes = position + batch.sizeBytes
  }

  /** True when the batch does not belong into this segment any more. */
  mustRoll(question: RollQuestion, config: LogConfig): boolean {
    const { sizeBytes, maxTimestamp, lastOffset, nowMs } = question
    if (lastOffset - this.baseOffset > INT32_MAX) return true
    if (this.sizeBytes === 0) return false
    const { indexSizeMaxBytes } = config
    return (
      this.sizeBytes + sizeBytes > config.segmentBytes ||
      this.#ageMs(maxTimestamp, nowMs) > config.segmentMs - this.#jitterMs ||
      this.offsetIndex.isFull(indexSizeMaxBytes) ||
      this.timeIndex.isFull(indexSizeMaxBytes)
    )
  }

  /** Writes index entries that wait in memory, when there are many. Called before data is written: a full disk then refuses the whole append. */
  relieveIndexes(): void {
    if (this.#offsetIndex?.file.isCrowded === true) this.spillIndexes()
  }

  /** The largest timestamp and where it is; null for an empty segment. Of a sealed segment the time index knows it. */
  *largestTimestamp(hot: boolean): Steps<TimestampOffset | null> {
    this.#largest ??= yield* this.timeIndex.last(hot)
    return this.#largest
  }

  /** The same, if nothing has to be read for it. */
  get largestKnown(): TimestampOffset | null {
    return this.#largest
  }

  /** When the file was last written, for segments without timestamps. */
  modifiedMs(): number {
    return this.#files.disk.stat(this.#path(LOG_SUFFIX))?.modifiedMs ?? this.#createdMs
  }

  /** As Kafka leaves a segment that is written no more: the final time entry, every file at its true size. */
  seal(): void {
    if (!this.onDisk) return
    this.#addTimeEntry()
    this.offsetIndex.file.seal()
    this.timeIndex.file.seal()
    this.#txnIndex?.file.spill()
    this.log.truncate(this.sizeBytes)
  }

  /**
   * Takes the indexes back to what they say about offsets below `offset`. Returns the position from where the batches have to be noted again, at
   * or in front of the one with `offset`.
   */
  *rewind(offset: number, hot: boolean): Steps<number> {
    yield* this.offsetIndex.truncateTo(offset, hot)
    yield* this.timeIndex.truncateTo(offset, hot)
    yield* this.txnIndex.truncateTo(offset, hot)
    const entry = yield* this.offsetIndex.floor(offset, hot)
    this.#largest = yield* this.timeIndex.last(hot)
    this.#indexedPosition = entry?.position ?? 0
    this.sizeBytes = this.#indexedPosition
    return this.#indexedPosition
  }

  /** Puts other contents into the offset and time indexes. */
  replaceIndexes(contents: IndexContents): void {
    this.offsetIndex.file.reset()
    for (const { offset, position } of contents.offsets) this.offsetIndex.add(offset, position)
    this.timeIndex.reset()
    for (const { timestampMs, offset } of contents.times) this.timeIndex.add(timestampMs, offset)
    this.spillIndexes()
    this.#indexedPosition = contents.indexedPosition
    this.#largest = contents.times.at(-1) ?? this.#largest
  }

  /** Cuts the `.log` file behind what was noted. */
  cut(): void {
    this.log.truncate(this.sizeBytes)
    this.syncedBytes = Math.min(this.syncedBytes, this.sizeBytes)
    if (this.sizeBytes === 0) this.#firstTimestamp = null
  }

  /** Writes index entries that wait in memory to their files. */
  spillIndexes(): void {
    for (const file of this.#indexFiles()) file.spill()
  }

  /** fdatasync of what the `.log` file holds now. */
  async syncLog(): Promise<void> {
    const sizeBytes = this.sizeBytes
    if (this.syncedBytes >= sizeBytes) return
    await this.log.sync()
    this.syncedBytes = Math.max(this.syncedBytes, Math.min(sizeBytes, this.sizeBytes))
  }

  /** fdatasync of the indexes, where they changed. Call {@link spillIndexes} first. */
  async syncIndexes(): Promise<void> {
    await Promise.all(this.#indexFiles().map((file) => file.sync()))
  }

  /** Removes the files of a segment that is not part of the log. */
  discard(): void {
    this.retired = true
    this.leave()
    for (const suffix of SUFFIXES) this.#files.disk.removeFile(this.#path(suffix))
  }

  /** Renames the files out of the way; returns their new paths, to be removed later. */
  retire(): string[] {
    this.retired = true
    this.leave()
    const { disk } = this.#files
    const renamed: string[] = []
    for (const suffix of SUFFIXES) {
      const path = this.#path(suffix)
      if (!disk.exists(path)) continue
      disk.rename(path, path + DELETED_SUFFIX)
      renamed.push(path + DELETED_SUFFIX)
    }
    return renamed
  }

  /** Closes the files for good: whoever still reads them gets LogError CLOSED. */
  leave(): void {
    this.log.retire()
    for (const index of [this.offsetIndex, this.timeIndex, this.txnIndex]) index.file.retire()
  }

  /** Of the indexes that were used so far. */
  #indexFiles(): EntryFile[] {
    return [this.#offsetIndex, this.#timeIndex, this.#txnIndex].flatMap(
      (index) => index?.file ?? [],
    )
  }

  #ageMs(maxTimestamp: number, nowMs: number): number {
    const first = this.#firstTimestamp
    return first !== null && first >= 0 ? maxTimestamp - first : nowMs - this.#createdMs
  }

  #addTimeEntry(): void {
    if (this.#largest !== null && this.#largest.timestampMs >= 0) {
      this.timeIndex.add(this.#largest.timestampMs, this.#largest.offset)
    }
  }

  #path(suffix: string): string {
    return `${this.#dirPath}/${offsetFileName(this.baseOffset, suffix)}`
  }
}
