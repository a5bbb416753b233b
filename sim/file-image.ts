/**
 * One file twice: as programs see it through the page cache, and as it stands on the device.
 *
 * The fault model. Between two syncs the kernel may write back any page (4 KiB) at any time and in any order, so after a power cut each
 * page that was touched holds, on its own, one of the states it went through since it was last synced; within a page, each
 * sector (512 B, which a device writes whole or not at all) may be of another such state: a torn page. The file ends behind the last page that
 * arrived, holes read as zeros, and sometimes only its length has grown. Truncations go through the file system's journal: in order, and what was written after one that
 * did not arrive has not arrived either. What a successful sync covered is always there.
 *
 * A failed sync is ext4's: some pages arrived, the others are marked clean without being on the device. Reads still show them, later
 * syncs succeed without writing them, and the power cut (or the page cache giving them up) reveals the truth. Only writing to such a page
 * again makes it dirty, as a whole.
 */
import type { Prng } from '../src/base/index.ts'
import { GrowingBytes } from './bytes.ts'

export const PAGE_BYTES = 4096
export const SECTOR_BYTES = 512

interface WriteOp {
  readonly kind: 'write'
  readonly mark: number
  readonly position: number
  readonly bytes: Buffer
}
interface TruncateOp {
  readonly kind: 'truncate'
  readonly mark: number
  readonly sizeBytes: number
}

/** Unsynced bytes of a file from which on the kernel writes back the oldest: legal at any time, and it bounds our memory. */
const DIRTY_BYTES_MAX = 8 * 1024 * 1024

export class FileImage {
  readonly #content = new GrowingBytes()
  readonly #durable = new GrowingBytes()
  /** What happened since the last sync, oldest first. */
  #pending: (WriteOp | TruncateOp)[] = []
  #pendingBytes = 0
  #mark = 0
  /** Pages that a failed sync marked clean. */
  readonly #lost = new Set<number>()

  get sizeBytes(): number {
    return this.#content.sizeBytes
  }

  /** What the device holds now, as a copy: an oracle for checkers, not for the system under test. */
  durableBytes(): Buffer {
    return this.#durable.slice(0, this.#durable.sizeBytes)
  }

  read(target: Uint8Array, position: number): number {
    return this.#content.read(target, position)
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return
    this.#content.write(bytes, position)
    const [start, end] = this.#withLostPages(position, position + bytes.length)
    const op = { position: start, bytes: this.#content.slice(start, end), mark: ++this.#mark }
    this.#pending.push({ kind: 'write', ...op })
    this.#pendingBytes += op.bytes.length
    if (this.#pendingBytes > DIRTY_BYTES_MAX) this.#completeTo(this.#mark - 1)
  }

  truncate(sizeBytes: number): void {
    this.#content.resize(sizeBytes)
    this.#pending.push({ kind: 'truncate', mark: ++this.#mark, sizeBytes })
  }

  /** Begins a sync: returns what to hand to {@link completeSync} or {@link failSync} when it is over. */
  beginSync(): number {
    return this.#mark
  }

  /** All that was done before the sync began is on the device. */
  completeSync(mark: number): void {
    this.#completeTo(mark)
  }

  /** The device failed: some pages arrived, the rest is clean in name only. */
  failSync(mark: number, prng: Prng): void {
    const failed = this.#pending.filter((op) => op.mark <= mark)
    this.#pending = this.#pending.filter((op) => op.mark > mark)
    this.#count()
    for (const op of failed) {
      if (op.kind === 'truncate') this.#durable.resize(op.sizeBytes)
      else this.#failWrite(op, prng)
    }
  }

  /** The page cache gives up what it holds only in memory: what a failed sync did not bring to the device is gone now. */
  dropLostPages(): void {
    for (const page of this.#lost) {
      const start = page * PAGE_BYTES
      const end = Math.min(start + PAGE_BYTES, this.#content.sizeBytes)
      const stored = Buffer.alloc(Math.max(0, end - start))
      this.#durable.read(stored, start)
      if (stored.length > 0) this.#content.write(stored, start)
    }
    this.#lost.clear()
  }

  /** Power cut: decides what arrived. Afterwards that is the file. `keepChance`: how likely a single page did. */
  powerCut(prng: Prng, keepChance: number): void {
    let group: WriteOp[] = []
    for (const op of this.#pending) {
      if (op.kind === 'write') {
        group.push(op)
        continue
      }
      this.#tear(group, prng, keepChance)
      group = []
      if (!prng.chance(keepChance)) break
      this.#durable.resize(op.sizeBytes)
    }
    this.#tear(group, prng, keepChance)
    this.#pending = []
    this.#pendingBytes = 0
    this.#lost.clear()
    this.#content.resize(0)
    this.#content.write(this.durableBytes(), 0)
  }

  /** Changes stored bytes behind the back of everybody: bit rot, a misdirected write. The length stays. */
  patch(bytes: Uint8Array, position: number): void {
    for (const image of [this.#content, this.#durable]) {
      const room = Math.max(0, Math.min(bytes.length, image.sizeBytes - position))
      image.write(bytes.subarray(0, room), position)
    }
    for (const op of this.#pending) {
      if (op.kind === 'write') copyInto(op.bytes, op.position, bytes, position)
    }
  }

  #completeTo(mark: number): void {
    let count = 0
    for (const op of this.#pending) {
      if (op.mark > mark) break
      if (op.kind === 'write') this.#durable.write(op.bytes, op.position)
      else this.#durable.resize(op.sizeBytes)
      count += 1
    }
    this.#pending.splice(0, count)
    this.#count()
  }

  #count(): void {
    this.#pendingBytes = 0
    for (const op of this.#pending) if (op.kind === 'write') this.#pendingBytes += op.bytes.length
  }

  /** A write makes the whole of a page dirty: it carries along what an earlier sync failed to store there. */
  #withLostPages(start: number, end: number): readonly [number, number] {
    if (this.#lost.size === 0) return [start, end]
    let from = start
    let to = end
    for (let page = pageOf(start); page <= pageOf(end - 1); page++) {
      if (!this.#lost.delete(page)) continue
      from = Math.min(from, page * PAGE_BYTES)
      to = Math.max(to, Math.min((page + 1) * PAGE_BYTES, this.#content.sizeBytes))
    }
    return [from, to]
  }

  #failWrite(op: WriteOp, prng: Prng): void {
    const end = op.position + op.bytes.length
    for (let page = pageOf(op.position); page <= pageOf(end - 1); page++) {
      if (prng.chance(0.3) && !this.#lost.has(page)) this.#store(op, page * PAGE_BYTES, PAGE_BYTES)
      else this.#lost.add(page)
    }
  }

  /** Brings to the device some of what `writes` did. */
  #tear(writes: readonly WriteOp[], prng: Prng, keepChance: number): void {
    if (writes.length === 0) return
    const pages = [...byPage(writes)].sort(([a], [b]) => a - b)
    if (keepChance === 1) {
      for (const [page, touching] of pages) this.#storePage(page, touching)
      return
    }
    // Most often the kernel was on its way through the file from front to back.
    const isInOrder = prng.chance(0.5)
    const reached = isInOrder ? Math.floor(prng.float() * keepChance * (pages.length + 1)) : 0
    for (const [index, [page, touching]] of pages.entries()) {
      if (isInOrder && index !== reached) {
        if (index < reached) this.#storePage(page, touching)
      } else if (prng.chance(isInOrder ? 0.5 : 0.25)) {
        this.#tearPage(page, touching, prng, keepChance)
      } else if (prng.chance(keepChance)) {
        const arrived = prng.chance(0.7) ? touching.length : prng.int(1, touching.length)
        this.#storePage(page, touching.slice(0, arrived))
      }
    }
    const last = writes.at(-1) as WriteOp
    const end = last.position + last.bytes.length
    // Only the length arrived: zeros where the data should be.
    if (end > this.#durable.sizeBytes && prng.chance(keepChance * 0.1)) this.#durable.resize(end)
  }

  #storePage(page: number, writes: readonly WriteOp[]): void {
    for (const op of writes) this.#store(op, page * PAGE_BYTES, PAGE_BYTES)
  }

  /** Each sector holds what another number of the writes made of it. */
  #tearPage(page: number, writes: readonly WriteOp[], prng: Prng, keepChance: number): void {
    const start = page * PAGE_BYTES
    for (let sector = start; sector < start + PAGE_BYTES; sector += SECTOR_BYTES) {
      const arrived = prng.chance(keepChance) ? prng.int(0, writes.length) : 0
      for (const op of writes.slice(0, arrived)) this.#store(op, sector, SECTOR_BYTES)
    }
  }

  /** Puts the part of a write that lies in `[start, start + sizeBytes)` on the device. */
  #store(op: WriteOp, start: number, sizeBytes: number): void {
    const from = Math.max(start, op.position)
    const to = Math.min(start + sizeBytes, op.position + op.bytes.length)
    if (from < to)
      this.#durable.write(op.bytes.subarray(from - op.position, to - op.position), from)
  }
}

function pageOf(position: number): number {
  return Math.floor(position / PAGE_BYTES)
}

/** The writes that touched each page, oldest first. */
function byPage(writes: readonly WriteOp[]): Map<number, WriteOp[]> {
  const pages = new Map<number, WriteOp[]>()
  for (const op of writes) {
    for (
      let page = pageOf(op.position);
      page <= pageOf(op.position + op.bytes.length - 1);
      page++
    ) {
      const touching = pages.get(page)
      if (touching === undefined) pages.set(page, [op])
      else touching.push(op)
    }
  }
  return pages
}

/** Copies the part of `source` (at `sourcePosition`) that overlaps `target` (at `targetPosition`). */
function copyInto(
  target: Buffer,
  targetPosition: number,
  source: Uint8Array,
  sourcePosition: number,
): void {
  const from = Math.max(targetPosition, sourcePosition)
  const to = Math.min(targetPosition + target.length, sourcePosition + source.length)
  if (from >= to) return
  target.set(source.subarray(from - sourcePosition, to - sourcePosition), from - targetPosition)
}
