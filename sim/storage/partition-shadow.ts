import type { SeenRecord, SentBatch } from './batch.ts'
import type { FlushMode } from './profile.ts'
import { Violation } from '../violation.ts'

/** A batch that was sent to a partition, and what is known of it. */
export interface BatchShadow {
  readonly sent: SentBatch
  /** open: it may be in the log or come into it. refused: it must never be. */
  fate: 'open' | 'acked' | 'refused'
  /** Where it was said to be, or seen. */
  baseOffset: number | null
  /** Sent more than once: a refusal then speaks of the last time alone. */
  isRetried: boolean
}

/** What a consumer saw of a partition, read from a start to the high watermark. */
export interface Scan {
  readonly logStart: number
  readonly highWatermark: number
  readonly batches: readonly ScannedBatch[]
}

export interface ScannedBatch {
  readonly baseOffset: number
  readonly offsetEnd: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly records: readonly SeenRecord[]
}

/** What one partition must hold, as far as its clients can know. */
export class PartitionShadow {
  readonly name: string
  readonly #flush: FlushMode
  /** All that were ever sent to it, by number. */
  readonly #batches = new Map<number, BatchShadow>()
  /** The batch at each offset that was acknowledged or seen. */
  readonly #placed = new Map<number, BatchShadow>()
  /** Exclusive end of what was acknowledged. */
  ackedEnd = 0
  /** Exclusive end of what was acknowledged or seen. */
  knownEnd = 0
  /** A power cut may not take what lies below. */
  floor = 0
  /** DeleteRecords up to here was acknowledged. */
  startMin = 0
  /** The log may begin here, not beyond; Infinity where retention decides. */
  startMax = 0
  /** A power cut or a failed sync may have taken the tail since the last full scan. */
  mayHaveLostTail = false
  /** That happened. */
  hasLostTail = false

  constructor(name: string, flush: FlushMode) {
    this.name = name
    this.#flush = flush
  }

  /** Whether what is acknowledged survives a power cut. */
  get isSafe(): boolean {
    return (
      this.#flush.kind === 'beforeAck' ||
      (this.#flush.kind === 'messages' && this.#flush.count === 1)
    )
  }

  sending(sent: SentBatch): BatchShadow {
    const batch: BatchShadow = { sent, fate: 'open', baseOffset: null, isRetried: false }
    this.#batches.set(sent.id, batch)
    return batch
  }

  acked(batch: BatchShadow, baseOffset: number): void {
    if (batch.fate === 'refused') this.fail('phantom', `${nameOf(batch)} was refused, then acked`)
    this.#place(batch, baseOffset)
    batch.fate = 'acked'
    this.ackedEnd = Math.max(this.ackedEnd, baseOffset + batch.sent.count)
  }

  /** A consumer read a record below the high watermark. */
  seen(record: SeenRecord): void {
    const batch = this.#batches.get(record.batchId)
    if (batch === undefined || record.index >= batch.sent.count) {
      this.fail('phantom', `offset ${record.offset} holds a record that nobody sent to it`)
    }
    if (batch.fate === 'refused') {
      this.fail('phantom', `offset ${record.offset} holds ${nameOf(batch)}, which was refused`)
    }
    this.#place(batch, record.offset - record.index)
  }

  /** The node stopped in order: what it had is on disk. What that was is not known when a power cut came before and nobody has looked since. */
  settled(): void {
    if (!this.mayHaveLostTail) this.floor = Math.max(this.floor, this.knownEnd)
  }

  /** Compares a full scan of the node as it is now with what must be there. */
  check(scan: Scan): void {
    const { logStart, highWatermark } = scan
    if (logStart > this.startMax && !this.#mayHaveLostAll()) {
      this.fail(
        'lost',
        `the log begins at ${logStart}, though nothing above ${this.startMax} was deleted`,
      )
    }
    this.startMax = Math.max(this.startMax, logStart)
    // A log that was lost as a whole has nothing to bring back.
    if (highWatermark < this.startMin && this.#mayHaveLostAll()) this.startMin = logStart
    if (logStart < this.startMin) {
      this.fail('undeleted', `the log begins at ${logStart}, deleted was up to ${this.startMin}`)
    }
    if (highWatermark < this.knownEnd) this.#accept(highWatermark)
    this.mayHaveLostTail = false
    this.#checkContinuity(scan)
    for (const { records } of scan.batches) for (const record of records) this.seen(record)
  }

  /** Nothing of the log was surely on disk: what a power cut left of it may begin anywhere. */
  #mayHaveLostAll(): boolean {
    return this.mayHaveLostTail && !this.isSafe && this.floor <= this.startMax
  }

  fail(checker: string, message: string): never {
    throw new Violation(checker, `${this.name}: ${message}`)
  }

  #place(batch: BatchShadow, baseOffset: number): void {
    if (batch.baseOffset === baseOffset) return
    if (batch.baseOffset !== null) {
      this.fail('duplicate', `${nameOf(batch)} is at ${batch.baseOffset} and at ${baseOffset}`)
    }
    batch.baseOffset = baseOffset
    for (let index = 0; index < batch.sent.count; index++) {
      const other = this.#placed.get(baseOffset + index)
      if (other !== undefined) {
        this.fail(
          'two values',
          `offset ${baseOffset + index} has held ${nameOf(other)} and now ${nameOf(batch)}`,
        )
      }
      this.#placed.set(baseOffset + index, batch)
    }
    this.knownEnd = Math.max(this.knownEnd, baseOffset + batch.sent.count)
  }

  /** The log ends below what is known: allowed only where the flush mode promises no more. */
  #accept(end: number): void {
    let ackedRecords = 0
    for (const [offset, { fate }] of this.#placed) {
      if (offset >= end && fate === 'acked') ackedRecords += 1
    }
    const what = `the log ends at ${end}, known was up to ${this.knownEnd} (${ackedRecords} acknowledged records)`
    if (!this.mayHaveLostTail || this.isSafe) this.fail('lost', what)
    if (end < this.floor) this.fail('lost', `${what}, of which ${this.floor} were on disk`)
    if (this.#flush.kind === 'messages' && ackedRecords >= this.#flush.count) {
      this.fail('lost', `${what}, but flush.messages is ${this.#flush.count}`)
    }
    this.hasLostTail = true
    for (const [offset, batch] of this.#placed) {
      if (offset < end) continue
      this.#placed.delete(offset)
      batch.baseOffset = null
      if (batch.fate === 'acked') batch.fate = 'open'
    }
    this.knownEnd = end
    this.ackedEnd = Math.min(this.ackedEnd, end)
  }

  #checkContinuity({ logStart, highWatermark, batches }: Scan): void {
    let end = logStart
    const sequences = new Map<string, number>()
    for (const [index, batch] of batches.entries()) {
      const fits = index === 0 ? batch.baseOffset <= end : batch.baseOffset === end
      if (!fits || batch.offsetEnd <= end) {
        this.fail('gap', `the batch at ${batch.baseOffset} does not follow offset ${end - 1}`)
      }
      end = batch.offsetEnd
      this.#checkSequence(batch, sequences)
    }
    if (end !== highWatermark) {
      this.fail('gap', `reading ended at ${end}, the high watermark is ${highWatermark}`)
    }
  }

  #checkSequence(batch: ScannedBatch, sequences: Map<string, number>): void {
    if (batch.producerId < 0) return
    const producer = `${batch.producerId}/${batch.producerEpoch}`
    const next = sequences.get(producer) ?? batch.baseSequence
    if (batch.baseSequence !== next) {
      this.fail(
        'sequence',
        `producer ${producer} wrote sequence ${batch.baseSequence} at ${batch.baseOffset}, next was ${next}`,
      )
    }
    sequences.set(producer, next + batch.records.length)
  }
}

function nameOf({ sent }: BatchShadow): string {
  return `batch ${sent.id}`
}
