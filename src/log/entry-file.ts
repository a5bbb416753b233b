/**
 * An append-only file of entries of one size: what the three indexes of a segment have in common.
 *
 * New entries stay in memory until {@link EntryFile.spill}, so that an append costs one write and not three. Losing them costs nothing: recovery
 * makes again whatever belongs to data above the recovery point, and the recovery point moves only after a spill and a sync.
 */
import type { FileCache } from './file-cache.ts'
import { PooledFile } from './file-cache.ts'
import type { Steps } from './steps.ts'

/** Entries are searched in the file one by one until the rest fits into one read of about a page. */
const BLOCK_BYTES = 4096
/** With this many entries waiting, {@link EntryFile.isCrowded} asks for a spill. */
const PENDING_MAX = 256
const PENDING_MIN = 8
const UNKNOWN = -1

export class EntryFile {
  readonly path: string
  readonly #files: FileCache
  readonly #entryBytes: number
  /** Opened when first needed. */
  #file: PooledFile | null = null
  /** Entries in the file; {@link UNKNOWN} until somebody asks. */
  #stored = UNKNOWN
  #pending: Buffer | null = null
  #pendingCount = 0
  #unsynced = false

  constructor(files: FileCache, path: string, entryBytes: number) {
    this.#files = files
    this.path = path
    this.#entryBytes = entryBytes
  }

  /** Call {@link open} before anything that depends on what is in the file. */
  get count(): number {
    return this.#stored + this.#pendingCount
  }

  get isOpen(): boolean {
    return this.#stored !== UNKNOWN
  }

  /** Time to {@link spill}. */
  get isCrowded(): boolean {
    return this.#pendingCount >= PENDING_MAX
  }

  /**
   * Finds out how many entries the file has. Apache Kafka preallocates the indexes of the active segment: after an unclean stop a tail of zeros
   * follows the last entry. No true entry is all zeros.
   */
  *open(hot: boolean): Steps<void> {
    if (this.isOpen) return
    const stat = this.#files.disk.stat(this.path)
    const wholeEntries = Math.floor((stat?.sizeBytes ?? 0) / this.#entryBytes)
    let [low, high] = [0, wholeEntries]
    if (wholeEntries > 0 && isZero(yield* this.#stored1(wholeEntries - 1, hot))) {
      while (low < high) {
        const middle = (low + high) >>> 1
        if (isZero(yield* this.#stored1(middle, hot))) high = middle
        else low = middle + 1
      }
    }
    // Somebody else may have asked at the same time.
    if (!this.isOpen) this.#stored = high
  }

  /** For a file that this process has just made, or that may be overwritten: it counts as empty. */
  reset(): void {
    this.#pending = null
    this.#pendingCount = 0
    this.#stored = 0
    if ((this.#files.disk.stat(this.path)?.sizeBytes ?? 0) > 0) this.#open().truncate(0)
  }

  /** Room for one more entry: the buffer, and through `slotPosition` where in it. The caller fills it at once. */
  add(): Buffer {
    const needed = (this.#pendingCount + 1) * this.#entryBytes
    if (this.#pending === null || this.#pending.length < needed) {
      const larger = Buffer.alloc(Math.max(needed * 2, PENDING_MIN * this.#entryBytes))
      this.#pending?.copy(larger)
      this.#pending = larger
    }
    const start = this.#pendingCount * this.#entryBytes
    this.#pendingCount += 1
    return this.#pending.subarray(start, start + this.#entryBytes)
  }

  /** Writes what waits in memory to the file. Throws DiskError and then holds what it held. */
  spill(): void {
    if (this.#pending === null || this.#pendingCount === 0) return
    const bytes = this.#pending.subarray(0, this.#pendingCount * this.#entryBytes)
    const file = this.#open()
    file.create()
    file.write([bytes], this.#stored * this.#entryBytes)
    this.#stored += this.#pendingCount
    this.#pending = null
    this.#pendingCount = 0
    this.#unsynced = true
  }

  /** Spills, cuts off a preallocated tail, and makes the file if it is missing: as Kafka leaves it at a roll and a clean stop. */
  seal(): void {
    this.spill()
    const file = this.#open()
    file.create()
    file.truncate(this.#stored * this.#entryBytes)
  }

  /** fdatasync of the entries in the file, where they changed. */
  async sync(): Promise<void> {
    if (!this.#unsynced) return
    this.#unsynced = false
    try {
      await this.#open().sync()
    } catch (error) {
      this.#unsynced = true
      throw error
    }
  }

  /** Keeps the first `count` entries. */
  cut(count: number): void {
    if (count >= this.count) return
    this.#pendingCount = Math.max(0, count - this.#stored)
    if (count < this.#stored) {
      this.#open().truncate(count * this.#entryBytes)
      this.#stored = count
      this.#unsynced = true
    }
  }

  /** The bytes of one entry; `index` is within the count. */
  *entry(index: number, hot: boolean): Steps<Buffer> {
    if (index < this.#stored) return yield* this.#stored1(index, hot)
    const start = (index - this.#stored) * this.#entryBytes
    return (this.#pending as Buffer).subarray(start, start + this.#entryBytes)
  }

  /**
   * How many entries have a key of at most `target`, when keys ascend. `keyAt` reads the key of the entry at a position in a buffer. Where they do
   * not ascend (a damaged index) the answer is any count: callers verify what they find.
   */
  *countUpTo(
    target: number,
    keyAt: (buffer: Buffer, position: number) => number,
    hot: boolean,
  ): Steps<number> {
    yield* this.open(hot)
    const size = this.#entryBytes
    if (this.#pending !== null && this.#pendingCount > 0 && keyAt(this.#pending, 0) <= target) {
      return this.#stored + countUpTo(this.#pending, this.#pendingCount, size, target, keyAt)
    }
    let [low, high] = [0, this.#stored]
    while ((high - low) * size > BLOCK_BYTES) {
      const middle = (low + high) >>> 1
      if (keyAt(yield* this.#stored1(middle, hot), 0) <= target) low = middle + 1
      else high = middle
    }
    if (low === high) return low
    const block = yield this.#read(low, high - low, hot)
    return low + countUpTo(block, Math.floor(block.length / size), size, target, keyAt)
  }

  /** Closes the file; it opens again when it is used again. */
  close(): void {
    this.#file?.close()
  }

  /** Closes it for good: see {@link PooledFile.retire}. */
  retire(): void {
    this.#open().retire()
  }

  *#stored1(index: number, hot: boolean): Steps<Buffer> {
    const bytes = yield this.#read(index, 1, hot)
    // A file that was cut by somebody else reads as zeros: no entry, found out when it is verified.
    return bytes.length === this.#entryBytes ? bytes : Buffer.alloc(this.#entryBytes)
  }

  #read(
    index: number,
    count: number,
    hot: boolean,
  ): {
    file: PooledFile
    position: number
    sizeBytes: number
    hot: boolean
  } {
    const position = index * this.#entryBytes
    return { file: this.#open(), position, sizeBytes: count * this.#entryBytes, hot }
  }

  #open(): PooledFile {
    return (this.#file ??= new PooledFile(this.#files, this.path))
  }
}

function countUpTo(
  entries: Buffer,
  count: number,
  size: number,
  target: number,
  keyAt: (buffer: Buffer, position: number) => number,
): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keyAt(entries, middle * size) <= target) low = middle + 1
    else high = middle
  }
  return low
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}
