/** The log that a program holds: {@link Log} says what each member does. */
import type { Clock } from '../../io/index.ts'
import { LogError } from '../errors.ts'
import type { LogManager } from '../log-manager.ts'
import type { PartitionLog } from '../partition-log.ts'
import { AppendedRecords } from './appended.ts'
import type {
  Appended,
  IterateOptions,
  Log,
  LogStats,
  ReadOptions,
  Recovery,
  TailOptions,
} from './contracts.ts'
import { encodeRecords } from './encoding.ts'
import type { RecordInput } from './encoding.ts'
import type { OpenLogOptions, StateAt } from './options.ts'
import { outOfRange, readChunk, soundBatchAt } from './reading.ts'
import type { DamagedRange, LogRecord } from './reading.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import type { Watchers } from './watchers.ts'

export interface LogParts {
  readonly path: string
  readonly manager: LogManager
  readonly partition: PartitionLog
  readonly snapshots: SnapshotStore
  readonly recovery: Recovery
  readonly clock: Clock
  readonly options: OpenLogOptions
  readonly watchers: Watchers
}

const READ_BYTES = 1024 * 1024

export class OpenedLog implements Log {
  readonly path: string
  readonly recovery: Recovery
  readonly #manager: LogManager
  readonly #partition: PartitionLog
  readonly #snapshots: SnapshotStore
  readonly #clock: Clock
  readonly #options: OpenLogOptions
  readonly #batchBytesMax: number
  readonly #watchers: Watchers
  /** Where the log was cut, in the order in which it was. */
  readonly #cuts: number[] = []
  #truncating = false
  #closing: Promise<void> | null = null
  #appendedRecords = 0
  #appendedBytes = 0
  #unsnapshottedBytes = 0
  #snapshotting: Promise<void> | null = null

  constructor(parts: LogParts) {
    this.path = parts.path
    this.recovery = parts.recovery
    this.#manager = parts.manager
    this.#partition = parts.partition
    this.#snapshots = parts.snapshots
    this.#clock = parts.clock
    this.#options = parts.options
    this.#watchers = parts.watchers
    this.#batchBytesMax = parts.partition.config.maxMessageBytes
    this.#unsnapshottedBytes = parts.partition.sizeBytes
    this.#partition.highWatermark = this.#partition.logEnd
  }

  get start(): number {
    return this.#partition.logStart
  }

  get end(): number {
    return this.#partition.logEnd
  }

  get durableEnd(): number {
    return this.#partition.durableEnd
  }

  append(record: RecordInput): Appended {
    return this.appendAll([record])
  }

  appendAll(records: readonly RecordInput[]): Appended {
    if (this.#truncating) {
      throw new LogError('BUSY', `Cannot append to ${this.path}: it is being truncated`)
    }
    const batch = encodeRecords(records, {
      nowMs: this.#clock.wallMs(),
      codec: this.#options.compression ?? 'uncompressed',
      bytesMax: this.#batchBytesMax,
    })
    const sizeBytes = batch.buffer.length
    const { logEnd: offset } = this.#partition
    this.#partition.append(batch, LEADER)
    const offsetEnd = offset + records.length
    this.#partition.highWatermark = offsetEnd
    this.#appendedRecords += records.length
    this.#appendedBytes += sizeBytes
    this.#noteForSnapshot(sizeBytes)
    this.#watchers.wake()
    return new AppendedRecords(this.#partition, this.#cuts, offset, offsetEnd)
  }

  async flush(): Promise<void> {
    await this.#partition.flush()
  }

  async read(offset: number, options: ReadOptions = {}): Promise<LogRecord[]> {
    const { maxBytes = READ_BYTES } = options
    const chunk = await readChunk(this.#partition, offset, Infinity, maxBytes)
    if (chunk.kind === 'damaged') throw corrupt(this.path, chunk.range)
    return chunk.records
  }

  async *iterate(
    offset: number = this.start,
    options: IterateOptions = {},
  ): AsyncGenerator<LogRecord, void, undefined> {
    const { offsetEnd = this.end, maxBytes = READ_BYTES } = options
    for (let next = offset; next < offsetEnd;) {
      const chunk = await readChunk(this.#partition, next, offsetEnd, maxBytes)
      if (chunk.kind === 'damaged') {
        next = this.#pass(chunk.range, options.onDamage)
      } else {
        // The log was cut meanwhile.
        if (chunk.offsetEnd === next) return
        next = chunk.offsetEnd
        yield* chunk.records
      }
    }
  }

  async *tail(
    offset: number = this.end,
    options: TailOptions = {},
  ): AsyncGenerator<LogRecord, void, undefined> {
    const { signal, durable = false, maxBytes = READ_BYTES } = options
    let next = offset
    while (!isOver(signal) && this.#closing === null) {
      const { end } = this
      if (next === end) {
        await this.#watchers.wait(signal)
        continue
      }
      if (next > end) throw outOfRange(next, this.start, end)
      if (durable && !(await this.#durableOrCut(end))) continue
      const chunk = await readChunk(this.#partition, next, end, maxBytes)
      if (chunk.kind === 'damaged') {
        next = this.#pass(chunk.range, options.onDamage)
        continue
      }
      next = chunk.offsetEnd
      for (const record of chunk.records) {
        if (isOver(signal)) return
        yield record
      }
    }
  }

  async truncateBefore(offset: number): Promise<number> {
    const { start, end } = this
    if (!(offset <= end)) throw outOfRange(offset, start, end)
    return this.#partition.deleteRecordsBefore(offset)
  }

  async truncateFrom(offset: number): Promise<void> {
    const { start, end } = this
    if (!(offset >= start && offset <= end)) throw outOfRange(offset, start, end)
    if (this.#truncating) throw new LogError('BUSY', `Cannot truncate ${this.path} twice at once`)
    this.#truncating = true
    try {
      await this.#checkBoundary(offset)
      await this.#snapshotting
      this.#cuts.push(offset)
      // The records before the start may be in one batch with those behind it: the log begins anew rather than end in front of its start.
      if (offset === start) await this.#partition.truncateFully(offset)
      else await this.#partition.truncateTo(offset)
      await this.#snapshots.dropAbove(offset)
    } finally {
      this.#truncating = false
      this.#watchers.wake()
    }
  }

  roll(): void {
    this.#partition.roll()
  }

  async retain(): Promise<number> {
    return this.#partition.retain(this.#clock.wallMs())
  }

  async saveSnapshot(state: StateAt, options: { readonly truncate?: boolean } = {}): Promise<void> {
    const { offset } = state
    const { start, end } = this
    if (!(offset >= start && offset <= end)) throw outOfRange(offset, start, end)
    while (this.#snapshotting !== null) await this.#snapshotting
    const work = this.#save(state, options.truncate === true)
    const done = (): void => {
      this.#snapshotting = null
    }
    // Whoever waits for its turn is not concerned with how this one ends.
    this.#snapshotting = work.then(done, done)
    return work
  }

  loadSnapshot(): StateAt | null {
    const { start, end } = this
    const state = this.#snapshots.read(start, end)
    if (state !== null || start === 0) return state
    const message = `Cannot load a snapshot of ${this.path}: the log starts at ${start}, and no whole snapshot covers what was before`
    throw new LogError('CORRUPT', message)
  }

  stats(): LogStats {
    const { failure } = this
    const partition = this.#partition
    const of = (figure: () => number): number => (failure === null ? figure() : -1)
    return {
      start: of(() => partition.logStart),
      end: of(() => partition.logEnd),
      durableEnd: of(() => partition.durableEnd),
      sizeBytes: of(() => partition.sizeBytes),
      dirtyBytes: partition.dirtyBytes,
      segments: of(() => partition.segmentCount),
      appendedRecords: this.#appendedRecords,
      appendedBytes: this.#appendedBytes,
      snapshotOffset: this.#snapshots.latest,
      failure,
    }
  }

  get failure(): LogError | null {
    return this.#manager.dirs[0]?.failure ?? null
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#watchers.wake()
    await this.#snapshotting
    try {
      await this.#partition.flush()
    } finally {
      await this.#manager.close()
    }
  }

  /** False when the log was truncated while it waited: look at its end again. */
  async #durableOrCut(end: number): Promise<boolean> {
    try {
      await this.#partition.whenDurable(end)
      return true
    } catch (error) {
      if (error instanceof LogError && (error.code === 'TRUNCATED' || error.code === 'CLOSED')) {
        return false
      }
      throw error
    }
  }

  #pass(range: DamagedRange, onDamage: ((range: DamagedRange) => void) | undefined): number {
    if (onDamage === undefined) throw corrupt(this.path, range)
    onDamage(range)
    return range.offsetEnd
  }

  /** Throws INSIDE_BATCH when the records before and at `offset` were appended together. */
  async #checkBoundary(offset: number): Promise<void> {
    if (offset === this.start || offset === this.end) return
    const found = await soundBatchAt(this.#partition, offset)
    if (found === offset) return
    const what = found === null ? 'the record is damaged' : 'it was appended with the ones before'
    const message = `Cannot truncate ${this.path} from ${offset}: ${what}`
    throw new LogError('INSIDE_BATCH', message)
  }

  async #save(state: StateAt, truncate: boolean): Promise<void> {
    await this.#partition.whenDurable(state.offset)
    await this.#snapshots.write(state)
    this.#unsnapshottedBytes = 0
    if (truncate) await this.#partition.deleteRecordsBefore(state.offset)
  }

  #noteForSnapshot(sizeBytes: number): void {
    const hook = this.#options.snapshot
    this.#unsnapshottedBytes += sizeBytes
    if (hook === undefined || this.#unsnapshottedBytes < hook.everyBytes) return
    if (this.#snapshotting !== null || this.#closing !== null) return
    this.#unsnapshottedBytes = 0
    this.#clock.soon(() => void this.#takeSnapshot(hook.take))
  }

  async #takeSnapshot(take: () => StateAt): Promise<void> {
    if (this.#closing !== null || this.failure !== null) return
    try {
      const state = take()
      if (state.offset <= this.start) return
      await this.saveSnapshot(state, { truncate: true })
    } catch (error) {
      const message = `Cannot take a snapshot of ${this.path}: ${String(error)}`
      this.#options.onEvent?.({ level: 'error', event: 'log.snapshot.failed', message })
    }
  }
}

const LEADER = { leaderEpoch: 0 } as const

function isOver(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function corrupt(path: string, { offset, offsetEnd, reason }: DamagedRange): LogError {
  const message = `Cannot read offsets ${offset} to ${offsetEnd - 1} of ${path}: ${reason}`
  return new LogError('CORRUPT', message)
}
