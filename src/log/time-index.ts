/**
 * `N.timeindex`: from which offset on to look for a time. Entries of 12 bytes: the largest timestamp so far (int64, ms), and relative to N the
 * last offset of the batch that has it (int32). Both ascend (org.apache.kafka.storage.internals.log.TimeIndex).
 */
import { readInt64, writeInt64 } from '../base/index.ts'
import { EntryFile } from './entry-file.ts'
import type { FileCache } from './file-cache.ts'
import type { Steps } from './steps.ts'

const ENTRY_BYTES = 12

export interface TimestampOffset {
  readonly timestampMs: number
  readonly offset: number
}

export class TimeIndex {
  readonly file: EntryFile
  readonly #baseOffset: number
  /** Of the last entry; -1 when there is none or {@link open} was not called. */
  #lastTimestamp = -1

  constructor(files: FileCache, path: string, baseOffset: number) {
    this.file = new EntryFile(files, path, ENTRY_BYTES)
    this.#baseOffset = baseOffset
  }

  /** Must have run before {@link add}. */
  *open(hot: boolean): Steps<void> {
    if (this.file.isOpen) return
    yield* this.file.open(hot)
    this.#lastTimestamp = (yield* this.last(hot))?.timestampMs ?? -1
  }

  reset(): void {
    this.file.reset()
    this.#lastTimestamp = -1
  }

  /** One slot stays free for the entry that closes the segment. */
  isFull(sizeMaxBytes: number): boolean {
    return this.file.count >= Math.floor(sizeMaxBytes / ENTRY_BYTES) - 1
  }

  /** Adds an entry unless the last one has this timestamp already. */
  add(timestampMs: number, offset: number): void {
    if (timestampMs <= this.#lastTimestamp) return
    const entry = this.file.add()
    writeInt64(entry, timestampMs, 0)
    entry.writeInt32BE(offset - this.#baseOffset, 8)
    this.#lastTimestamp = timestampMs
  }

  *last(hot: boolean): Steps<TimestampOffset | null> {
    yield* this.file.open(hot)
    const { count } = this.file
    return count === 0 ? null : this.#parse(yield* this.file.entry(count - 1, hot))
  }

  /** The entry with the largest timestamp at or below `timestampMs`; null when there is none. */
  *floor(timestampMs: number, hot: boolean): Steps<TimestampOffset | null> {
    const count = yield* this.file.countUpTo(timestampMs, readInt64, hot)
    return count === 0 ? null : this.#parse(yield* this.file.entry(count - 1, hot))
  }

  /** Removes the entries at and above `offset`. */
  *truncateTo(offset: number, hot: boolean): Steps<void> {
    yield* this.open(hot)
    const target = offset - 1 - this.#baseOffset
    this.file.cut(yield* this.file.countUpTo(target, relativeOffsetAt, hot))
    this.#lastTimestamp = (yield* this.last(hot))?.timestampMs ?? -1
  }

  #parse(entry: Buffer): TimestampOffset {
    return {
      timestampMs: readInt64(entry, 0),
      offset: this.#baseOffset + relativeOffsetAt(entry, 0),
    }
  }
}

function relativeOffsetAt(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position + 8)
}
