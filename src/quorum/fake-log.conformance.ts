/**
 * A metadata log in memory whose flushes happen when a test says so. What was not flushed when it crashes is lost, or kept, as the
 * test chooses.
 */
import type { LogError, PartitionLog } from '../log/index.ts'
import { offsetEndOf, readBatchHeader, stampBatch, wholeBatches } from '../records/index.ts'
import type { BatchHeader } from '../records/index.ts'
import type { MetadataLog } from './log-driver.ts'

interface Stored {
  readonly buffer: Buffer
  readonly header: BatchHeader
}

export class FakeLog implements MetadataLog {
  readonly dir: string
  highWatermark = 0
  logStart = 0
  /** False: flushes wait for {@link flushNow}. */
  flushesAtOnce = true
  appendError: LogError | null = null
  flushError: LogError | null = null
  rolled = 0
  batches: Stored[] = []
  #base = 0
  #flushed = 0
  #waiters: Array<{ offsetEnd: number; resolve(): void; reject(error: LogError): void }> = []

  constructor(dir: string) {
    this.dir = dir
  }

  /** The log after a crash of the machine: with what was flushed, and `kept` batches more. */
  crash(kept = 0): FakeLog {
    const log = new FakeLog(this.dir)
    const flushed = this.batches.filter(({ header }) => offsetEndOf(header) <= this.#flushed)
    log.batches = this.batches.slice(0, flushed.length + kept)
    log.#base = this.#base
    log.logStart = this.logStart
    log.#flushed = log.logEnd
    return log
  }

  flushNow(): void {
    if (this.flushError === null) this.#flushed = this.logEnd
    const waiters = this.#waiters.splice(0)
    for (const waiter of waiters) {
      if (this.flushError === null) waiter.resolve()
      else waiter.reject(this.flushError)
    }
  }

  load(): ReturnType<PartitionLog['load']> {
    return Promise.resolve({ verifiedBytes: 0, cut: null, rebuilt: [] })
  }
  get logEnd(): number {
    const last = this.batches.at(-1)
    return last === undefined ? this.#base : offsetEndOf(last.header)
  }
  get latestEpoch(): number {
    return this.batches.at(-1)?.header.leaderEpoch ?? -1
  }
  get sizeBytes(): number {
    return this.batches.reduce((sum, { buffer }) => sum + buffer.length, 0)
  }

  append(
    { buffer }: { readonly buffer: Buffer },
    { leaderEpoch }: { readonly leaderEpoch: number },
  ): ReturnType<PartitionLog['append']> {
    if (this.appendError !== null) throw this.appendError
    const stamped = Buffer.from(buffer)
    stampBatch(stamped, 0, this.logEnd, leaderEpoch)
    const header = readBatchHeader(stamped, 0)
    this.batches.push({ buffer: stamped, header })
    const lastOffset = offsetEndOf(header) - 1
    return { kind: 'appended', baseOffset: header.baseOffset, lastOffset, flushBeforeAck: false }
  }

  appendFollower(batches: Buffer): ReturnType<PartitionLog['appendFollower']> {
    const baseOffset = this.logEnd
    for (const header of wholeBatches(batches)) {
      const { position, sizeBytes } = header
      const buffer = Buffer.from(batches.subarray(position, position + sizeBytes))
      this.batches.push({ buffer, header: readBatchHeader(buffer, 0) })
    }
    return { kind: 'appended', baseOffset, lastOffset: this.logEnd - 1 }
  }

  assignEpoch(): void {}

  get durableEnd(): number {
    return this.#flushed
  }

  epochAt(offset: number): number {
    const found = this.batches.find(({ header }) => offsetEndOf(header) > offset)
    return found?.header.leaderEpoch ?? -1
  }

  epochEndOffset(leaderEpoch: number): ReturnType<PartitionLog['epochEndOffset']> {
    const found = this.batches.findLast(({ header }) => header.leaderEpoch <= leaderEpoch)
    const endOffset = found === undefined ? this.#base : offsetEndOf(found.header)
    return { leaderEpoch: found?.header.leaderEpoch ?? leaderEpoch, endOffset }
  }

  truncateTo(offset: number): Promise<void> {
    this.batches = this.batches.filter(({ header }) => offsetEndOf(header) <= offset)
    this.#flushed = Math.min(this.#flushed, this.logEnd)
    return Promise.resolve()
  }

  read(
    offset: number,
    { offsetEndMax, maxBytes }: Parameters<PartitionLog['read']>[1],
  ): ReturnType<PartitionLog['read']> {
    const buffers: Buffer[] = []
    let offsetEnd = offset
    let sizeBytes = 0
    for (const { buffer, header } of this.batches) {
      if (offsetEndOf(header) <= offset || offsetEndOf(header) > offsetEndMax) continue
      if (buffers.length > 0 && sizeBytes + buffer.length > maxBytes) break
      buffers.push(buffer)
      sizeBytes += buffer.length
      offsetEnd = offsetEndOf(header)
    }
    return { kind: 'batches', buffer: Buffer.concat(buffers), offsetEnd, abortedTransactions: null }
  }

  whenDurable(offsetEnd: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ offsetEnd, resolve, reject })
      if (this.flushesAtOnce) this.flushNow()
    })
  }

  truncateFully(offset: number): Promise<void> {
    this.batches = []
    this.#base = offset
    this.logStart = offset
    this.#flushed = offset
    return Promise.resolve()
  }

  /** Like segments of one batch each. */
  deleteRecordsBefore(offset: number): Promise<number> {
    this.#base = this.logEnd
    this.logStart = offset
    this.batches = this.batches.filter(({ header }) => offsetEndOf(header) > offset)
    return Promise.resolve(offset)
  }

  roll(): void {
    this.rolled += 1
  }
}
