/**
 * What a log knows of its producers: who may append what next, which transactions are open
 * (org.apache.kafka.storage.internals.log.ProducerStateManager). A fold over the log: appending, following and replaying enter batches through
 * the same {@link Producers.enter}.
 */
import {
  ABORT,
  COMMIT,
  coordinatorEpochOf,
  isControl,
  readControlRecord,
  readRecords,
  RecordsError,
} from '../records/index.ts'
import type { BatchHeader } from '../records/index.ts'
import {
  checkBatch,
  checkMarker,
  enterBatch,
  enterMarker,
  findDuplicate,
  newProducerEntry,
  recallBatch,
} from './producer-entry.ts'
import type { BatchMark, ProducerEntry } from './producer-entry.ts'
import type { RefusedAppend } from './results.ts'

/** A transaction that a marker has just ended. */
export interface CompletedTxn {
  readonly producerId: number
  readonly firstOffset: number
  /** Of the marker. */
  readonly lastOffset: number
  readonly aborted: boolean
  /** What the last stable offset is once it is replicated. */
  readonly lastStableOffset: number
}

interface Marker {
  readonly aborted: boolean
  readonly coordinatorEpoch: number
}

const NO_ENTRIES: Map<number, ProducerEntry> = new Map()
const NO_TXNS: Map<number, number> = new Map()

export class Producers {
  // Most logs of a node have no producers that number their batches, and fewer have transactions: no maps before they are needed.
  #entries: Map<number, ProducerEntry> = NO_ENTRIES
  /** First offset -> producer id; in ascending order, because transactions open at the log's end. */
  #openTxns: Map<number, number> = NO_TXNS
  /** Ended, but the marker is not below the high watermark: first offset -> offset of the marker. */
  #unreplicatedTxns: Map<number, number> = NO_TXNS
  #firstUnstable: number | null = null
  /** No producer can have been forgotten: the log was read from offset 0, or is younger than the expiry. Set by whoever loads it. */
  isWhole = false

  get size(): number {
    return this.#entries.size
  }

  entries(): Iterable<ProducerEntry> {
    return this.#entries.values()
  }

  /** First offset of a transaction that is open or not replicated to its end; null when there is none. */
  get firstUnstableOffset(): number | null {
    return this.#firstUnstable
  }

  /** The batch as it was appended before, if it is one of its producer's last. */
  findDuplicate(header: BatchHeader): BatchMark | null {
    const entry = this.#entries.get(header.producerId)
    return entry === undefined ? null : findDuplicate(entry, header)
  }

  /** What keeps a leader from appending the batch; null when nothing does. */
  check(
    header: BatchHeader,
    buffer: Buffer,
    origin: 'client' | 'coordinator',
  ): RefusedAppend | null {
    const entry = this.#entries.get(header.producerId) ?? null
    const rules = { checkSequence: origin === 'client', historyIsWhole: this.isWhole }
    const refusal = checkBatch(entry, header, rules)
    if (refusal !== null || !isControl(header)) return refusal
    const marker = readMarker(header, buffer)
    return marker === null ? null : checkMarker(entry, header, marker.coordinatorEpoch)
  }

  /**
   * Enters a batch of a producer that was written at `baseOffset`. `buffer` holds it at `header.position` if it is a control batch.
   *
   * @returns the transaction it ended, to be told to {@link complete} once it is in the transaction index
   */
  enter(
    header: BatchHeader,
    baseOffset: number,
    buffer: Buffer,
    nowMs: number,
  ): CompletedTxn | null {
    const control = isControl(header)
    const marker = control ? readMarker(header, buffer) : null
    // A control batch that compaction emptied ends nothing: its transaction is gone from the log.
    if (control && marker === null) return null

    let entry = this.#entries.get(header.producerId)
    if (entry === undefined) {
      entry = newProducerEntry(header.producerId, nowMs)
      if (this.#entries === NO_ENTRIES) this.#entries = new Map()
      this.#entries.set(header.producerId, entry)
    }
    entry.seenMs = nowMs
    const txnFirstOffset = entry.txnFirstOffset
    if (marker === null) {
      enterBatch(entry, header, baseOffset)
      if (txnFirstOffset === -1 && entry.txnFirstOffset !== -1) {
        if (this.#openTxns === NO_TXNS) this.#openTxns = new Map()
        this.#openTxns.set(entry.txnFirstOffset, header.producerId)
        this.#firstUnstable ??= entry.txnFirstOffset
      }
      return null
    }
    enterMarker(entry, header, marker.coordinatorEpoch)
    if (txnFirstOffset === -1) return null
    const lastOffset = baseOffset + header.lastOffsetDelta
    return {
      producerId: header.producerId,
      firstOffset: txnFirstOffset,
      lastOffset,
      aborted: marker.aborted,
      lastStableOffset: this.#nextOpen(txnFirstOffset) ?? lastOffset + 1,
    }
  }

  /** The transaction is decided; it stays unstable until the high watermark passes its marker. */
  complete(txn: CompletedTxn): void {
    this.#openTxns.delete(txn.firstOffset)
    if (this.#unreplicatedTxns === NO_TXNS) this.#unreplicatedTxns = new Map()
    this.#unreplicatedTxns.set(txn.firstOffset, txn.lastOffset)
    this.#updateFirstUnstable()
  }

  /** A batch from before the snapshot that the state was loaded from. */
  recall(header: BatchHeader): void {
    const entry = this.#entries.get(header.producerId)
    if (entry !== undefined) recallBatch(entry, header)
  }

  onHighWatermark(highWatermark: number): void {
    if (this.#unreplicatedTxns.size === 0) return
    for (const [firstOffset, lastOffset] of this.#unreplicatedTxns) {
      if (lastOffset < highWatermark) this.#unreplicatedTxns.delete(firstOffset)
    }
    this.#updateFirstUnstable()
  }

  /** Takes over what a snapshot says, in place of all that is known. */
  load(entries: readonly ProducerEntry[]): void {
    this.clear()
    if (entries.length === 0) return
    this.#entries = new Map(entries.map((entry) => [entry.producerId, entry]))
    const open = entries.filter((entry) => entry.txnFirstOffset !== -1)
    open.sort((a, b) => a.txnFirstOffset - b.txnFirstOffset)
    this.#openTxns = new Map(open.map((entry) => [entry.txnFirstOffset, entry.producerId]))
    this.#updateFirstUnstable()
  }

  /** Forgets everything but {@link isWhole}. */
  clear(): void {
    this.#entries = NO_ENTRIES
    this.#openTxns = NO_TXNS
    this.#unreplicatedTxns = NO_TXNS
    this.#firstUnstable = null
  }

  /** Forgets producers without an open transaction that were not heard of since `seenMsMin`. */
  expire(seenMsMin: number): number {
    let expired = 0
    for (const entry of this.#entries.values()) {
      if (entry.seenMs >= seenMsMin || entry.txnFirstOffset !== -1) continue
      this.#entries.delete(entry.producerId)
      expired += 1
    }
    if (expired > 0) this.isWhole = false
    return expired
  }

  #nextOpen(except: number): number | null {
    for (const firstOffset of this.#openTxns.keys()) {
      if (firstOffset !== except) return firstOffset
    }
    return null
  }

  #updateFirstUnstable(): void {
    let first = this.#nextOpen(-1)
    for (const firstOffset of this.#unreplicatedTxns.keys()) {
      if (first === null || firstOffset < first) first = firstOffset
    }
    this.#firstUnstable = first
  }
}

/** Null for a batch that compaction emptied, and for one that is no marker whatever its header says. */
function readMarker(header: BatchHeader, buffer: Buffer): Marker | null {
  try {
    const record = readRecords(buffer, header)[0]
    if (record === undefined) return null
    const { type } = readControlRecord(record)
    if (type !== ABORT && type !== COMMIT) return null
    return { aborted: type === ABORT, coordinatorEpoch: coordinatorEpochOf(record) }
  } catch (error) {
    if (error instanceof RecordsError) return null
    throw error
  }
}
