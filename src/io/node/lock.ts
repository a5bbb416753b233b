/**
 * A lock on a file that the kernel drops when the process dies, however it dies.
 *
 * Node has no file locks of its own, but its SQLite takes them (fcntl on Unix, LockFileEx on Windows), and an exclusive transaction on an
 * empty database writes nothing: the file stays as empty as Apache Kafka leaves it. Kafka locks the whole of the same file in the
 * same way, so each keeps the other out, also from another container.
 *
 * The kernel gives up a process's fcntl locks on a file when that process closes *any* descriptor of it: nothing else in the process may
 * open the lock file.
 */
import { closeSync, existsSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as Sqlite from 'node:sqlite'
import { DiskError } from '../disk.ts'
import { diskError } from './errors.ts'

const SQLITE_BUSY = 5
const SQLITE_CANTOPEN = 14

/** A database that nobody refers to is closed by the garbage collector, and its lock with it: a lock stays although its owner drops the release. */
const held = new Set<Sqlite.DatabaseSync>()

/** Takes the lock at `path`, creating the file if it is missing, or throws LOCKED. Returns what releases it. */
export function lockFile(path: string): () => void {
  createIfMissing(path)
  let database: Sqlite.DatabaseSync | null = null
  try {
    database = openDatabase(path)
    database.exec('PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    throw lockError(path, error)
  }
  const lock = database
  held.add(lock)
  return () => {
    if (held.delete(lock)) lock.close()
  }
}

function createIfMissing(path: string): void {
  if (existsSync(path)) return
  try {
    closeSync(openSync(path, 'wx'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw diskError('lock', path, error)
  }
}

function openDatabase(path: string): Sqlite.DatabaseSync {
  // oxlint-disable-next-line unbound-method -- it is only put back
  const { emitWarning } = process
  // Node 22 warns on stderr that SQLite is experimental: of no use to somebody who starts a broker.
  process.emitWarning = () => {}
  try {
    const sqlite = createRequire(import.meta.url)('node:sqlite') as typeof Sqlite
    return new sqlite.DatabaseSync(path, { timeout: 0 })
  } finally {
    process.emitWarning = emitWarning
  }
}

function lockError(path: string, cause: unknown): DiskError {
  const { errcode } = cause as { errcode?: number }
  if (errcode === SQLITE_BUSY) {
    return new DiskError('LOCKED', 'lock', path, new Error('another process holds it'))
  }
  return new DiskError(errcode === SQLITE_CANTOPEN ? 'DENIED' : 'OTHER', 'lock', path, cause)
}
