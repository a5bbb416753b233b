/** A clock, a log and a telemetry that a test turns by hand. */
import type { Clock, LogLevel, Telemetry, Timer } from '../../io/index.ts'
import { errorCodes } from '../../protocol/index.ts'
import { offsetEndOf, readBatchHeader, stampBatch } from '../../records/index.ts'
import { ShardLogError } from './shard-log.ts'
import type { AppendedBatch, ShardLog } from './shard-log.ts'

/** Lets everything run that promises have made ready. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

export class FakeClock implements Clock {
  nowMs = 0
  /** How far the clock moves whenever somebody reads it. */
  tickMs = 0
  soonCount = 0
  armedCount = 0
  readonly #timers = new Set<{ atMs: number; callback: () => void }>()

  monotonicMs(): number {
    return (this.nowMs += this.tickMs)
  }

  wallMs(): number {
    return 1_700_000_000_000 + Math.floor(this.nowMs)
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.nowMs + delayMs, callback }
    this.#timers.add(timer)
    this.armedCount += 1
    return { cancel: () => void this.#timers.delete(timer) }
  }

  soon(callback: () => void): void {
    this.soonCount += 1
    setImmediate(callback)
  }

  get timerCount(): number {
    return this.#timers.size
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms
    for (;;) {
      const due = [...this.#timers]
        .filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.nowMs = Math.max(this.nowMs, due.atMs)
      due.callback()
      await settle()
    }
    this.nowMs = endMs
    await settle()
  }
}

export interface LogLine {
  readonly level: LogLevel
  readonly event: string
}

export function fakeTelemetry(lines: LogLine[] = []): Telemetry {
  return {
    log: (level, event) => void lines.push({ level, event }),
    metrics: { register: () => () => {}, all: () => [] },
  }
}

export class FakeLog implements ShardLog {
  currentEpoch = 1
  batchBytesMax = 1_000_000
  logStart = 0
  logEnd = 0
  highWatermark = 0
  /** Appends throw this error. */
  appendError = 0
  /** Called before an append does anything. */
  onAppend: () => void = () => {}
  /** Commits wait for {@link commit}. */
  holdsCommits = false
  readError: Error | null = null
  beforeRead: () => Promise<void> = () => Promise.resolve()
  readCount = 0
  readonly batches: Buffer[] = []
  #waiting: Array<{
    offsetEnd: number
    resolve: () => void
    reject: (error: Error) => void
  }> = []

  /** Puts a batch there as if an earlier leader had. */
  preload(batch: Buffer, isCommitted = true): void {
    stampBatch(batch, 0, this.logEnd, this.currentEpoch)
    this.batches.push(batch)
    this.logEnd = offsetEndOf(readBatchHeader(batch, 0))
    if (isCommitted) this.highWatermark = this.logEnd
  }

  async read(fromOffset: number): Promise<Buffer> {
    this.readCount += 1
    await this.beforeRead()
    if (this.readError !== null) throw this.readError
    const index = this.batches.findIndex(
      (batch) => offsetEndOf(readBatchHeader(batch, 0)) > fromOffset,
    )
    return Buffer.concat(index < 0 ? [] : this.batches.slice(index, index + 2))
  }

  append(batch: Buffer): AppendedBatch {
    this.onAppend()
    if (this.appendError !== 0) throw new ShardLogError(this.appendError, 'Cannot append')
    this.preload(batch, !this.holdsCommits)
    return { offsetEnd: this.logEnd, committed: this.whenCommitted(this.logEnd) }
  }

  whenCommitted(offsetEnd: number): Promise<void> {
    if (this.highWatermark >= offsetEnd) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ offsetEnd, resolve, reject }))
  }

  /** Moves the high watermark. */
  async commit(offsetEnd: number = this.logEnd): Promise<void> {
    this.highWatermark = offsetEnd
    const ready = this.#waiting.filter((entry) => entry.offsetEnd <= offsetEnd)
    this.#waiting = this.#waiting.filter((entry) => entry.offsetEnd > offsetEnd)
    for (const { resolve } of ready) resolve()
    await settle()
  }

  /** What is not committed is lost: cut off, and those who wait are told. */
  async lose(errorCode: number = errorCodes.NOT_LEADER_OR_FOLLOWER): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    while (this.logEnd > this.highWatermark) {
      const cut = this.batches.pop()
      if (cut === undefined) break
      this.logEnd = readBatchHeader(cut, 0).baseOffset
    }
    for (const { reject } of waiting) reject(new ShardLogError(errorCode, 'Lost'))
    await settle()
  }
}
