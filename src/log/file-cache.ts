/**
 * A bounded set of open files. Ten thousand partitions have tens of thousands of files, and a process is
 * often allowed no more than a few thousand descriptors: a file is opened when it is used, and the one that was not used for longest is closed.
 */
import { DiskError } from '../io/index.ts'
import type { Disk, DiskFile } from '../io/index.ts'
import { LogError } from './errors.ts'

export class FileCache {
  readonly disk: Disk
  readonly #openMax: number
  /** In the order of the last turn of the clock hand; see {@link PooledFile.recent}. */
  readonly #open = new Set<PooledFile>()

  constructor(disk: Disk, openMax: number) {
    this.disk = disk
    this.#openMax = openMax
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Opens the file of `pooled`, closing others first when there are too many. */
  admit(pooled: PooledFile, mode: 'write' | 'create'): DiskFile {
    while (this.#open.size >= this.#openMax && this.#evictOne());
    let file: DiskFile
    try {
      file = this.disk.open(pooled.path, mode)
    } catch (error) {
      // Others in this process use descriptors too: give back what we can and try once more.
      if (!(error instanceof DiskError) || error.code !== 'TOO_MANY_FILES') throw error
      for (let i = 0; i < 64 && this.#evictOne(); i++);
      file = this.disk.open(pooled.path, mode)
    }
    this.#open.add(pooled)
    return file
  }

  forget(pooled: PooledFile): void {
    this.#open.delete(pooled)
  }

  /** Second chance: a file used since the hand last passed it stays once more. */
  #evictOne(): boolean {
    for (let passes = this.#open.size * 2; passes > 0; passes--) {
      const oldest = this.#open.values().next().value
      if (oldest === undefined) return false
      if (!oldest.pinned && !oldest.recent) {
        oldest.close()
        return true
      }
      oldest.recent = false
      this.#open.delete(oldest)
      this.#open.add(oldest)
    }
    return false
  }
}

/** A file that is open only while it is used. */
export class PooledFile {
  readonly path: string
  /** Used since the cache last looked for something to close. */
  recent = false
  readonly #cache: FileCache
  #file: DiskFile | null = null
  #pins = 0
  #isRetired = false

  constructor(cache: FileCache, path: string) {
    this.#cache = cache
    this.path = path
  }

  /** Calls off the loop are under way: the file must stay open. */
  get pinned(): boolean {
    return this.#pins > 0
  }

  /** Makes the file if it is missing. Every other call finds it or fails. */
  create(): void {
    this.#check()
    this.recent = true
    this.#file ??= this.#cache.admit(this, 'create')
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    this.#use().write(buffers, position)
  }

  read(target: Uint8Array, position: number): number {
    return this.#use().read(target, position)
  }

  readLater(target: Uint8Array, position: number): Promise<number> {
    return this.#pinned((file) => file.readLater(target, position))
  }

  /** fdatasync of all that was written before the call. */
  sync(): Promise<void> {
    return this.#pinned((file) => file.sync())
  }

  truncate(sizeBytes: number): void {
    this.#use().truncate(sizeBytes)
  }

  /** It opens again when it is used again. */
  close(): void {
    this.#file?.close()
    this.#file = null
    this.#cache.forget(this)
  }

  /**
   * Closes it for good: from now on the name may be missing, or another file's. Whoever still works with this one (a search that reads off the
   * loop) gets LogError CLOSED, which says nothing against the disk.
   */
  retire(): void {
    this.close()
    this.#isRetired = true
  }

  #use(): DiskFile {
    this.#check()
    this.recent = true
    return (this.#file ??= this.#cache.admit(this, 'write'))
  }

  #check(): void {
    if (!this.#isRetired) return
    throw new LogError(
      'CLOSED',
      `Cannot use ${this.path}: its segment is not part of a log any more`,
    )
  }

  async #pinned<T>(call: (file: DiskFile) => Promise<T>): Promise<T> {
    const file = this.#use()
    this.#pins += 1
    try {
      return await call(file)
    } finally {
      this.#pins -= 1
    }
  }
}
