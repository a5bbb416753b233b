/**
 * Files and directories. Paths are absolute or relative to the process, with '/'.
 *
 * What is written goes to the page cache and survives a crash of the process. It survives a power cut only
 * after a successful {@link DiskFile.sync} of the file, and, for a name that was created, renamed or removed,
 * {@link Disk.syncDirectory} of its directory. After a failed sync nothing may be assumed about what was written since the last
 * good one, not even if a later sync succeeds (the kernel marks the pages clean: "fsyncgate").
 *
 * Synchronous calls work on the page cache and metadata and are meant to take microseconds; calls that
 * wait for a device return a promise. Every failure is a {@link DiskError}.
 */
export interface Disk {
  /**
   * Opens a file. 'read': must exist. 'write': must exist, read and write. 'create': made if it is missing, read and write.
   * 'exclusive': must not exist, read and write.
   */
  open(path: string, mode: OpenMode): DiskFile
  /** The whole file. Throws NOT_FOUND when it is missing. */
  readFile(path: string): Buffer
  /** Creates or replaces the file, without syncing it. */
  writeFile(path: string, data: Uint8Array): void
  exists(path: string): boolean
  /** null when the path does not exist. */
  stat(path: string): FileStat | null
  /** Entries in no particular order. Throws NOT_FOUND. */
  list(path: string): DirectoryEntry[]
  /** Creates the directory and its missing parents. */
  makeDirectory(path: string): void
  /** Replaces `to` if it exists (files). Directories: `to` must not exist. */
  rename(from: string, to: string): void
  /** Removes a file. Missing is not an error. */
  removeFile(path: string): void
  /** Removes a directory with all that is in it. Missing is not an error. */
  removeTree(path: string): void
  /** fsync of a directory: its entries survive a power cut once this resolves. */
  syncDirectory(path: string): Promise<void>
  /**
   * Takes the lock on the file `path`, which is made if it is missing and stays empty, or throws LOCKED. Released by the returned function or
   * when the process ends, however it ends. Do not open the file otherwise: closing it could release the lock.
   */
  lock(path: string): () => void
  /** Bytes free for this process on the file system of `path`, and its size. */
  space(path: string): { freeBytes: number; totalBytes: number }
}

export type OpenMode = 'read' | 'write' | 'create' | 'exclusive'

export interface DiskFile {
  readonly path: string
  /** Current length in bytes, as seen by this process. */
  size(): number
  /**
   * Writes `buffers` one after another at `position`, through the page cache. Writes all of it or throws; after a throw the file may hold
   * any part of it. Returns the bytes written.
   */
  write(buffers: readonly Uint8Array[], position: number): number
  /** The same off the loop, for a device that makes writers wait. */
  writeLater(buffers: readonly Uint8Array[], position: number): Promise<number>
  /** Fills `target` from `position`; returns the bytes read, fewer only at the end of the file. */
  read(target: Uint8Array, position: number): number
  /** The same off the loop, for data that may not be in the page cache. */
  readLater(target: Uint8Array, position: number): Promise<number>
  /** fdatasync: all that was written before this call is on the device when it resolves. */
  sync(): Promise<void>
  /** The same, waiting on the loop: for start, stop and tools only. */
  syncNow(): void
  /** Cuts or zero-extends the file. */
  truncate(sizeBytes: number): void
  /** Closing does not sync. Harmless when closed; any other call after it throws. */
  close(): void
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  readonly sizeBytes: number
  readonly modifiedMs: number
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
}

export type DiskErrorCode =
  | 'NOT_FOUND'
  | 'EXISTS'
  | 'NO_SPACE'
  | 'IO'
  | 'LOCKED'
  | 'TOO_MANY_FILES'
  | 'DENIED'
  | 'OTHER'

/** Every failure of the Disk seam. `NO_SPACE` may pass; `IO` does not. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
  readonly code: DiskErrorCode
  readonly path: string

  constructor(code: DiskErrorCode, action: string, path: string, cause?: unknown) {
    super(`Cannot ${action} ${path}: ${cause instanceof Error ? cause.message : code}`, { cause })
    this.code = code
    this.path = path
  }
}
