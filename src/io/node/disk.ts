import {
  close,
  existsSync,
  constants,
  fsync,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type { Dirent, Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { DiskError } from '../disk.ts'
import type { DirectoryEntry, Disk, DiskFile, FileStat, OpenMode } from '../disk.ts'
import { NodeDiskFile } from './disk-file.ts'
import { diskError } from './errors.ts'
import { lockFile } from './lock.ts'

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT,
  exclusive: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
}

/** The file system of the machine. */
export const nodeDisk: Disk = {
  open: (path, mode): DiskFile =>
    attempt('open', path, () => new NodeDiskFile(path, openSync(path, FLAGS[mode], 0o644))),
  readFile: (path) => attempt('read', path, () => readFileSync(path)),
  writeFile: (path, data) => attempt('write', path, () => writeFileSync(path, data)),
  exists: (path) => existsSync(path),
  stat: (path) => attempt('stat', path, () => fileStat(path)),
  list: (path) =>
    attempt('list', path, () =>
      readdirSync(path, { withFileTypes: true }).map((entry) => directoryEntry(path, entry)),
    ),
  makeDirectory: (path) => {
    attempt('create directory', path, () => makeDirectories(path))
  },
  rename: (from, to) => attempt('rename', from, () => renameChecked(from, to)),
  removeFile: (path) => attempt('remove', path, () => removeFileIfThere(path)),
  removeTree: (path) =>
    attempt('remove', path, () => rmSync(path, { recursive: true, force: true })),
  syncDirectory,
  lock: (path) => lockFile(path),
  space: (path) =>
    attempt('measure', path, () => {
      const { bavail, blocks, bsize } = statfsSync(path)
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    }),
}

function attempt<T>(action: string, path: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw diskError(action, path, error)
  }
}

function fileStat(path: string): FileStat | null {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return null
  return { kind: kindOf(stats), sizeBytes: stats.size, modifiedMs: stats.mtimeMs }
}

function directoryEntry(path: string, entry: Dirent): DirectoryEntry {
  if (!entry.isSymbolicLink()) return { name: entry.name, kind: kindOf(entry) }
  return { name: entry.name, kind: fileStat(join(path, entry.name))?.kind ?? 'other' }
}

function kindOf(entry: Stats | Dirent): FileStat['kind'] {
  if (entry.isFile()) return 'file'
  return entry.isDirectory() ? 'directory' : 'other'
}

/** With all above it. Not by Node's `recursive`, which tries for ever where a directory exists in which none can be made (`/proc`). */
function makeDirectories(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
    const parent = dirname(path)
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(parent)
    if (!isMissing || parent === path) throw error
    makeDirectories(parent)
    makeDirectories(path)
  }
}

/** POSIX lets a directory replace an empty one; the seam does not. */
function renameChecked(from: string, to: string): void {
  if (fileStat(from)?.kind === 'directory' && existsSync(to)) {
    throw new DiskError('EXISTS', 'rename', from, new Error(`${to} exists`))
  }
  renameSync(from, to)
}

function removeFileIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
  }
}

function syncDirectory(path: string): Promise<void> {
  // Windows opens no directories; its file system journals names by itself.
  if (process.platform === 'win32') return Promise.resolve()
  return new Promise((resolve, reject) => {
    open(path, constants.O_RDONLY, (openError, fd) => {
      if (openError !== null) {
        reject(diskError('sync directory', path, openError))
        return
      }
      fsync(fd, (syncError) => {
        close(fd, () => {
          if (syncError === null) resolve()
          else reject(diskError('sync directory', path, syncError))
        })
      })
    })
  })
}
