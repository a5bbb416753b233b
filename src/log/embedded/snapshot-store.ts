/**
 * Snapshots of a program's state, beside its log: `<path>/snapshot-<offset>`. Each is written whole under another name, synced, and then renamed, so
 * that after a crash at any moment it is there or not. A checksum tells a damaged one, and the one before it is kept for that case.
 *
 * The file: magic (8 bytes), CRC-32C of all that follows (4), offset (8), size of the data (8), the data.
 */
import { crc32c, readInt64, writeInt64 } from '../../base/index.ts'
import { DiskError } from '../../io/index.ts'
import type { Disk } from '../../io/index.ts'
import { LogError } from '../errors.ts'
import { offsetFileName } from '../names.ts'
import type { StateAt } from './options.ts'

const PREFIX = 'snapshot-'
const MAGIC = Buffer.from('HWSNAP\u0000\u0001', 'latin1')
const CRC_AT = 8
const OFFSET_AT = 12
const SIZE_AT = 20
const HEADER_BYTES = 28
const KEPT = 2
const WRITE_BYTES = 1024 * 1024

export class SnapshotStore {
  readonly #disk: Disk
  readonly #path: string
  /** The newest first. */
  #offsets: number[] = []

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  /** Finds out what is there; removes what a crash left half written. Throws LogError. */
  open(): void {
    attempt(() => {
      const names = this.#disk.list(this.#path).map(({ name }) => name)
      this.#offsets = names
        .filter((name) => /^snapshot-\d{20}$/.test(name))
        .map((name) => Number(name.slice(PREFIX.length)))
        .sort((a, b) => b - a)
      for (const name of names) {
        const isLeftover = name.startsWith(PREFIX) && name.endsWith('.tmp')
        if (isLeftover) this.#disk.removeFile(`${this.#path}/${name}`)
      }
    })
  }

  /** Offset of the newest; null when there is none. */
  get latest(): number | null {
    return this.#offsets[0] ?? null
  }

  /** The newest whole one within `[offsetMin, offsetMax]`; null when there is none. Throws LogError. */
  read(offsetMin: number, offsetMax: number): StateAt | null {
    for (const offset of this.#offsets) {
      if (offset < offsetMin || offset > offsetMax) continue
      const state = this.#readOne(offset)
      if (state !== null) return state
    }
    return null
  }

  /** Resolves when the snapshot survives a power cut; only the newest two stay. Rejects with LogError. */
  async write(state: StateAt): Promise<void> {
    try {
      await this.#write(encode(state), state.offset)
    } catch (error) {
      throw asLogError(error)
    }
    const others = this.#offsets.filter((offset) => offset !== state.offset)
    this.#offsets = [state.offset, ...others].sort((a, b) => b - a)
    attempt(() => {
      for (const offset of this.#offsets.splice(KEPT)) this.#disk.removeFile(this.#file(offset))
    })
  }

  /** Removes those of a state that is no more. Resolves when that survives a power cut. Rejects with LogError. */
  async dropAbove(offset: number): Promise<void> {
    const doomed = this.#offsets.filter((each) => each > offset)
    if (doomed.length === 0) return
    this.#offsets = this.#offsets.filter((each) => each <= offset)
    try {
      for (const each of doomed) this.#disk.removeFile(this.#file(each))
      await this.#disk.syncDirectory(this.#path)
    } catch (error) {
      throw asLogError(error)
    }
  }

  #readOne(offset: number): StateAt | null {
    try {
      return decode(this.#disk.readFile(this.#file(offset)), offset)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      if (error.code === 'NOT_FOUND' || error.code === 'IO') return null
      throw asLogError(error)
    }
  }

  async #write(bytes: Buffer, offset: number): Promise<void> {
    const path = this.#file(offset)
    const file = this.#disk.open(`${path}.tmp`, 'create')
    try {
      file.truncate(0)
      for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
        await file.writeLater([bytes.subarray(at, at + WRITE_BYTES)], at)
      }
      await file.sync()
    } finally {
      file.close()
    }
    this.#disk.rename(`${path}.tmp`, path)
    await this.#disk.syncDirectory(this.#path)
  }

  #file(offset: number): string {
    return `${this.#path}/${PREFIX}${offsetFileName(offset, '')}`
  }
}

function encode({ offset, data }: StateAt): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  writeInt64(header, offset, OFFSET_AT)
  writeInt64(header, data.length, SIZE_AT)
  const whole = Buffer.concat([header, data])
  whole.writeUInt32BE(crc32c(whole, OFFSET_AT), CRC_AT)
  return whole
}

/** Null when it is not, whole and undamaged, the snapshot of this offset. */
function decode(bytes: Buffer, offset: number): StateAt | null {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, CRC_AT).equals(MAGIC)) return null
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes, OFFSET_AT)) return null
  const isIt =
    readInt64(bytes, OFFSET_AT) === offset &&
    readInt64(bytes, SIZE_AT) === bytes.length - HEADER_BYTES
  return isIt ? { offset, data: bytes.subarray(HEADER_BYTES) } : null
}

function attempt(work: () => void): void {
  try {
    work()
  } catch (error) {
    throw asLogError(error)
  }
}

function asLogError(error: unknown): unknown {
  if (!(error instanceof DiskError)) return error
  const { code, message } = error
  const isPassing = code === 'NO_SPACE' || code === 'TOO_MANY_FILES'
  return new LogError(isPassing ? code : 'SNAPSHOT_FAILED', message, error)
}
