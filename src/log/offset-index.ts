/**
 * `N.index`: where in the segment an offset is to be found. Entries of 8 bytes: offset relative to N, position in the `.log` file, both int32
 * (org.apache.kafka.storage.internals.log.OffsetIndex). The offset is the last one of a batch, the position where that batch begins.
 */
import { EntryFile } from './entry-file.ts'
import type { FileCache } from './file-cache.ts'
import type { Steps } from './steps.ts'

const ENTRY_BYTES = 8

export interface OffsetPosition {
  readonly offset: number
  readonly position: number
}

export class OffsetIndex {
  readonly file: EntryFile
  readonly #baseOffset: number

  constructor(files: FileCache, path: string, baseOffset: number) {
    this.file = new EntryFile(files, path, ENTRY_BYTES)
    this.#baseOffset = baseOffset
  }

  isFull(sizeMaxBytes: number): boolean {
    return this.file.count >= Math.floor(sizeMaxBytes / ENTRY_BYTES)
  }

  add(offset: number, position: number): void {
    const entry = this.file.add()
    entry.writeInt32BE(offset - this.#baseOffset, 0)
    entry.writeInt32BE(position, 4)
  }

  /** The entry with the largest offset at or below `offset`; null when there is none. */
  *floor(offset: number, hot: boolean): Steps<OffsetPosition | null> {
    const count = yield* this.file.countUpTo(offset - this.#baseOffset, relativeOffsetAt, hot)
    if (count === 0) return null
    const entry = yield* this.file.entry(count - 1, hot)
    return { offset: this.#baseOffset + relativeOffsetAt(entry, 0), position: entry.readInt32BE(4) }
  }

  /** The entry with the smallest offset at or above `offset`; null when there is none. */
  *ceiling(offset: number, hot: boolean): Steps<OffsetPosition | null> {
    const target = offset - 1 - this.#baseOffset
    const below = yield* this.file.countUpTo(target, relativeOffsetAt, hot)
    return below === this.file.count ? null : yield* this.#entry(below, hot)
  }

  /** The largest indexed position at or below `position`; 0 when there is none. */
  *positionBelow(position: number, hot: boolean): Steps<number> {
    const count = yield* this.file.countUpTo(position, positionAt, hot)
    return count === 0 ? 0 : positionAt(yield* this.file.entry(count - 1, hot), 0)
  }

  /** Removes the entries at and above `offset`. */
  *truncateTo(offset: number, hot: boolean): Steps<void> {
    this.file.cut(yield* this.file.countUpTo(offset - 1 - this.#baseOffset, relativeOffsetAt, hot))
  }

  *#entry(index: number, hot: boolean): Steps<OffsetPosition> {
    const entry = yield* this.file.entry(index, hot)
    const offset = this.#baseOffset + relativeOffsetAt(entry, 0)
    return { offset, position: positionAt(entry, 0) }
  }
}

function relativeOffsetAt(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position)
}

function positionAt(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position + 4)
}
