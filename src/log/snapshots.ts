/**
 * The producer snapshots of one log: which there are, writing them, and which may go. One lies at the beginning of each segment, one where the log was
 * last settled or closed.
 */
import { DiskError } from '../io/index.ts'
import type { Disk } from '../io/index.ts'
import { offsetFileName, SNAPSHOT_SUFFIX } from './names.ts'
import { decodeSnapshot, encodeSnapshot } from './producer-snapshot.ts'
import type { ProducerEntry } from './producer-entry.ts'
import type { Producers } from './producers.ts'

const NONE: readonly number[] = []

export class Snapshots {
  readonly #disk: Disk
  readonly #dirPath: string
  /** Ascending. */
  #offsets: readonly number[]
  #unsynced: readonly number[] = NONE

  constructor(disk: Disk, dirPath: string, offsets: readonly number[]) {
    this.#disk = disk
    this.#dirPath = dirPath
    this.#offsets = offsets.length === 0 ? NONE : [...offsets].sort((a, b) => a - b)
  }

  /** Offset of the newest; -1 when there is none. */
  get latest(): number {
    return this.#offsets.at(-1) ?? -1
  }

  /** Writes what is known at `offset`, unless that is written already. Not synced. */
  write(offset: number, producers: Producers): void {
    if (this.latest === offset) return
    const bytes = encodeSnapshot(producers.entries(), producers.size)
    this.#disk.writeFile(this.#path(offset), bytes)
    this.#offsets = [...this.#offsets, offset].sort((a, b) => a - b)
    this.#unsynced = [...this.#unsynced, offset]
  }

  /** Syncs what was written since the last call. */
  async sync(): Promise<void> {
    const offsets = this.#unsynced
    this.#unsynced = NONE
    for (const offset of offsets) {
      if (!this.#disk.exists(this.#path(offset))) continue
      const file = this.#disk.open(this.#path(offset), 'write')
      try {
        await file.sync()
      } finally {
        file.close()
      }
    }
  }

  /** The newest undamaged one at or below `offsetMax`; damaged ones are removed. */
  read(offsetMax: number, seenMs: number): { offset: number; entries: ProducerEntry[] } | null {
    for (const offset of this.#offsets.toReversed()) {
      if (offset > offsetMax) continue
      const entries = this.#readOne(offset, seenMs)
      if (entries !== null) return { offset, entries }
      this.remove((found) => found === offset)
    }
    return null
  }

  #readOne(offset: number, seenMs: number): ProducerEntry[] | null {
    try {
      return decodeSnapshot(this.#disk.readFile(this.#path(offset)), seenMs)
    } catch (error) {
      if (error instanceof DiskError) return null
      throw error
    }
  }

  /** Removes those whose offset `matches`. */
  remove(matches: (offset: number) => boolean): void {
    for (const offset of this.#offsets) {
      if (matches(offset)) this.#disk.removeFile(this.#path(offset))
    }
    this.#offsets = this.#offsets.filter((offset) => !matches(offset))
  }

  #path(offset: number): string {
    return `${this.#dirPath}/${offsetFileName(offset, SNAPSHOT_SUFFIX)}`
  }
}
