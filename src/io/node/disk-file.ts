import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  read,
  readSync,
  writeSync,
  writev,
  writevSync,
} from 'node:fs'
import { DiskError } from '../disk.ts'
import type { DiskFile } from '../disk.ts'
import { diskError } from './errors.ts'

/** An open file. Calls off the loop hold the descriptor until they are done, even when the file is closed meanwhile. */
export class NodeDiskFile implements DiskFile {
  readonly path: string
  readonly #fd: number
  #isClosed = false
  #underWay = 0

  constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
  }

  size(): number {
    return this.#try('stat', (fd) => fstatSync(fd).size)
  }

  write(buffers: readonly Uint8Array[], position: number): number {
    return this.#try('write to', (fd) => {
      let rest = remaining(buffers, 0)
      let total = 0
      while (rest.length > 0) {
        const written = checkProgress(writeOnce(fd, rest, position + total), this.path)
        rest = remaining(rest, written)
        total += written
      }
      return total
    })
  }

  async writeLater(buffers: readonly Uint8Array[], position: number): Promise<number> {
    let rest = remaining(buffers, 0)
    let total = 0
    while (rest.length > 0) {
      const batch = rest
      const written = await this.#later<number>('write to', (fd, done) =>
        writev(fd, batch, position + total, done),
      )
      rest = remaining(rest, checkProgress(written, this.path))
      total += written
    }
    return total
  }

  read(target: Uint8Array, position: number): number {
    return this.#try('read', (fd) => {
      let total = 0
      while (total < target.length) {
        const count = readSync(fd, target, total, target.length - total, position + total)
        if (count === 0) break
        total += count
      }
      return total
    })
  }

  async readLater(target: Uint8Array, position: number): Promise<number> {
    let total = 0
    while (total < target.length) {
      const count = await this.#later<number>('read', (fd, done) =>
        read(fd, target, total, target.length - total, position + total, done),
      )
      if (count === 0) break
      total += count
    }
    return total
  }

  async sync(): Promise<void> {
    await this.#later<undefined>('sync', (fd, done) =>
      fdatasync(fd, (error) => done(error, undefined)),
    )
  }

  syncNow(): void {
    this.#try('sync', (fd) => fdatasyncSync(fd))
  }

  truncate(sizeBytes: number): void {
    this.#try('truncate', (fd) => ftruncateSync(fd, sizeBytes))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#underWay === 0) closeSync(this.#fd)
  }

  #try<T>(action: string, call: (fd: number) => T): T {
    this.#checkOpen(action)
    try {
      return call(this.#fd)
    } catch (error) {
      throw diskError(action, this.path, error)
    }
  }

  #later<T>(
    action: string,
    call: (fd: number, done: (error: Error | null, result: T) => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#checkOpen(action)
      this.#underWay += 1
      call(this.#fd, (error, result) => {
        this.#underWay -= 1
        // The number may be another file's as soon as it is closed, so it was kept open until now.
        if (this.#isClosed && this.#underWay === 0) closeSync(this.#fd)
        if (error === null) resolve(result)
        else reject(diskError(action, this.path, error))
      })
    })
  }

  #checkOpen(action: string): void {
    if (this.#isClosed) throw closedError(action, this.path)
  }
}

function closedError(action: string, path: string): DiskError {
  return new DiskError('OTHER', action, path, new Error('the file is closed'))
}

function writeOnce(fd: number, buffers: readonly Uint8Array[], position: number): number {
  const first = buffers[0]
  return buffers.length === 1 && first !== undefined
    ? writeSync(fd, first, 0, first.length, position)
    : writevSync(fd, buffers, position)
}

/** What is left of `buffers` after `written` bytes, without empty ones at its front. */
export function remaining(buffers: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let skip = written
  let index = 0
  for (; index < buffers.length; index++) {
    const { length } = buffers[index] as Uint8Array
    if (skip < length) break
    skip -= length
  }
  if (index === 0 && skip === 0) return buffers
  const rest = buffers.slice(index)
  if (skip > 0) rest[0] = (rest[0] as Uint8Array).subarray(skip)
  return rest
}

/** A device that takes nothing and reports nothing would keep the loop above going for ever. */
function checkProgress(written: number, path: string): number {
  if (written > 0) return written
  throw new DiskError('IO', 'write to', path, new Error('the device took no bytes'))
}
