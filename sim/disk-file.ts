import { DiskError } from '../src/io/index.ts'
import type { DiskFile } from '../src/io/index.ts'
import type { DiskEffect } from './disk-faults.ts'
import { injected } from './disk-gate.ts'
import type { DiskGate } from './disk-gate.ts'
import type { FileNode } from './names.ts'
import type { Owned } from './process.ts'

/** A file that a process has open. It goes on working when the name is removed. */
export class SimDiskFile implements DiskFile, Owned {
  readonly path: string
  readonly #gate: DiskGate
  readonly #node: FileNode
  readonly #isReadOnly: boolean
  #isClosed = false

  constructor(gate: DiskGate, path: string, node: FileNode, isReadOnly: boolean) {
    this.path = path
    this.#gate = gate
    this.#node = node
    this.#isReadOnly = isReadOnly
    node.openCount += 1
    gate.openFiles += 1
    gate.process.own(this)
  }

  size(): number {
    this.#checkOpen('stat')
    return this.#gate.now('stat', 'stat', this.path, () => this.#node.image.sizeBytes)
  }

  write(buffers: readonly Uint8Array[], position: number): number {
    this.#checkOpen('write to', true)
    const bytes = Buffer.concat(buffers)
    return this.#write(this.#gate.enter('write', this.path), bytes, position)
  }

  writeLater(buffers: readonly Uint8Array[], position: number): Promise<number> {
    const closed = this.#closedError('write to', true)
    if (closed !== null) return Promise.reject(closed)
    const bytes = Buffer.concat(buffers)
    const underWay: Owned = { die: () => this.#writeSome(bytes, position) }
    this.#gate.process.own(underWay)
    const done = (): void => this.#gate.process.disown(underWay)
    return this.#gate.later(
      'write',
      'write to',
      this.path,
      () => {
        done()
        return this.#write(null, bytes, position)
      },
      () => {
        done()
        this.#writeSome(bytes, position)
      },
    )
  }

  read(target: Uint8Array, position: number): number {
    this.#checkOpen('read')
    return this.#gate.now('read', 'read', this.path, () => this.#node.image.read(target, position))
  }

  readLater(target: Uint8Array, position: number): Promise<number> {
    const closed = this.#closedError('read')
    if (closed !== null) return Promise.reject(closed)
    const { image } = this.#node
    return this.#gate.later('read', 'read', this.path, () => image.read(target, position))
  }

  sync(): Promise<void> {
    const closed = this.#closedError('sync')
    if (closed !== null) return Promise.reject(closed)
    const { image } = this.#node
    const mark = image.beginSync()
    return this.#gate.later(
      'sync',
      'sync',
      this.path,
      () => {
        if (!this.#gate.volume.liesAboutSyncs) image.completeSync(mark)
      },
      () => image.failSync(mark, this.#gate.volume.prng),
    )
  }

  syncNow(): void {
    this.#checkOpen('sync')
    const { image } = this.#node
    const effect = this.#gate.enter('sync', this.path)
    if (effect?.kind === 'fail') {
      image.failSync(image.beginSync(), this.#gate.volume.prng)
      throw injected(effect.code, 'sync', this.path)
    }
    image.completeSync(image.beginSync())
    this.#gate.leave(effect)
  }

  truncate(sizeBytes: number): void {
    this.#checkOpen('truncate', true)
    this.#gate.now('truncate', 'truncate', this.path, () => {
      this.#node.image.truncate(sizeBytes)
      this.#changed()
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#gate.openFiles -= 1
    this.#gate.process.disown(this)
    this.#node.openCount -= 1
    this.#gate.volume.account(this.#node)
  }

  die(isPowerCut: boolean): void {
    // After a power cut the volume counts anew.
    if (!isPowerCut) this.close()
    this.#isClosed = true
  }

  #write(effect: DiskEffect | null, bytes: Buffer, position: number): number {
    const { prng } = this.#gate.volume
    if (effect?.kind === 'fail') {
      const afterBytes = prng.chance(0.5) ? 0 : prng.int(0, bytes.length)
      this.#put(bytes.subarray(0, effect.afterBytes ?? afterBytes), position)
      throw injected(effect.code, 'write to', this.path)
    }
    if (effect !== null && 'when' in effect && effect.when === 'midway') {
      this.#writeSome(bytes, position)
      this.#gate.strike(effect.kind)
    }
    this.#put(bytes, position)
    this.#gate.leave(effect)
    return bytes.length
  }

  /** A write that nobody waits for any more: any part of it may have been done. */
  #writeSome(bytes: Buffer, position: number): void {
    const { prng } = this.#gate.volume
    const done = prng.pick([0, bytes.length, prng.int(0, bytes.length)])
    this.#node.image.write(bytes.subarray(0, done), position)
    this.#changed()
  }

  /** Writes what there is space for. */
  #put(bytes: Buffer, position: number): void {
    const { volume } = this.#gate
    const end = position + bytes.length
    const fitting = volume.fitting(this.#node, end)
    const room = end <= this.#node.image.sizeBytes ? bytes.length : Math.max(0, fitting - position)
    const written = bytes.subarray(0, room)
    this.#node.image.write(written, position)
    this.#changed()
    if (written.length < bytes.length) {
      throw new DiskError('NO_SPACE', 'write to', this.path, new Error('the volume is full'))
    }
  }

  #changed(): void {
    this.#node.modifiedMs = this.#gate.process.machine.wallMs
    this.#gate.volume.account(this.#node)
  }

  #checkOpen(action: string, isWriting = false): void {
    const error = this.#closedError(action, isWriting)
    if (error !== null && !this.#gate.process.isDead) throw error
  }

  #closedError(action: string, isWriting = false): DiskError | null {
    if (this.#gate.process.isDead) return null
    const reason = this.#isClosed
      ? 'the file is closed'
      : isWriting && this.#isReadOnly
        ? 'it was opened to be read'
        : null
    return reason === null ? null : new DiskError('OTHER', action, this.path, new Error(reason))
  }
}
