/** What the tests of this room share. */
import { tmpdir } from 'node:os'
import { randomUuid } from '../base/index.ts'
import type { Clock, Disk, DiskErrorCode, DiskFile, LogFields, Telemetry } from '../io/index.ts'
import { DiskError } from '../io/index.ts'
import { nodeIo } from '../io/node/index.ts'
import {
  buildBatch,
  buildEndTransactionMarker,
  readBatchHeader,
  wholeBatches,
} from '../records/index.ts'
import type { BatchOptions, CheckedBatch } from '../records/index.ts'
import { LOG_CONFIG_DEFAULTS } from './config.ts'
import type { LogConfig } from './config.ts'
import { LogManager } from './log-manager.ts'
import type { LogManagerOptions } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'

export const realIo = nodeIo({ telemetry: { level: 'error' } })
export const realDisk = realIo.disk

let directories = 0

/** A fresh directory, and a function that removes it. */
export function temporaryDirectory(): string {
  directories += 1
  const path = `${tmpdir()}/highwater-log-${process.pid}-${directories}`
  realDisk.removeTree(path)
  realDisk.makeDirectory(path)
  return path
}

export interface LoggedLine {
  readonly level: string
  readonly event: string
  readonly message: string
  readonly fields: LogFields
}

/** Keeps what is logged, and nothing else. */
export function recordingTelemetry(): Telemetry & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = []
  return {
    lines,
    log: (level, event, message, fields = {}) => void lines.push({ level, event, message, fields }),
    metrics: { register: () => () => undefined, all: () => [] },
  }
}

/** The real clock with hands that can be moved: `advance` lets time pass, `jumpWall` only shows another time of day. */
export class MovableClock implements Clock {
  #advancedMs = 0
  #jumpedMs = 0
  readonly #timers = new Set<{ dueMs: number; callback: () => void }>()

  monotonicMs(): number {
    return realIo.clock.monotonicMs() + this.#advancedMs
  }

  wallMs(): number {
    return realIo.clock.wallMs() + Math.round(this.#advancedMs + this.#jumpedMs)
  }

  after(delayMs: number, callback: () => void): { cancel: () => void } {
    const timer = { dueMs: this.monotonicMs() + delayMs, callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  soon(callback: () => void): void {
    realIo.clock.soon(callback)
  }

  jumpWall(ms: number): void {
    this.#jumpedMs += ms
  }

  /** Lets time pass, runs what falls due, and gives it a while to finish its work with the disk. */
  async advance(ms: number): Promise<void> {
    this.#advancedMs += ms
    for (let rounds = 0; rounds < 3; rounds++) {
      for (const timer of this.#timers) {
        if (timer.dueMs > this.monotonicMs()) continue
        this.#timers.delete(timer)
        timer.callback()
      }
      await settleDown()
    }
  }
}

/** A while for work that is under way with the disk. */
export async function settleDown(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise<void>((resolve) => void realIo.clock.after(3, resolve))
  }
}

/** In place of a sync: as late as one, but no device has to work for it. No test here cuts the power. */
function quickly(): Promise<void> {
  return new Promise((resolve) => realIo.clock.soon(resolve))
}

export type DiskAction = 'write' | 'sync' | 'read' | 'create' | 'syncDirectory' | 'rename'

/** A disk that fails where a test says so. Its syncs do nothing else. */
export class FaultyDisk {
  /** Asked before each action; a code makes it fail. */
  fault: (action: DiskAction, path: string) => DiskErrorCode | null = () => null
  /** A full disk takes this part of a write before it refuses the rest. */
  tornWriteBytes = 0
  readonly disk: Disk = {
    ...realDisk,
    open: (path, mode) => {
      if (mode === 'create' && !realDisk.exists(path)) this.#check('create', path)
      return this.#wrap(realDisk.open(path, mode))
    },
    writeFile: (path, data) => {
      this.#check('write', path)
      realDisk.writeFile(path, data)
    },
    rename: (from, to) => {
      this.#check('rename', from)
      realDisk.rename(from, to)
    },
    syncDirectory: async (path) => {
      this.#check('syncDirectory', path)
      await quickly()
    },
  }

  #check(action: DiskAction, path: string): void {
    const code = this.fault(action, path)
    if (code !== null) throw new DiskError(code, action, path, new Error('injected'))
  }

  #wrap(file: DiskFile): DiskFile {
    const { path } = file
    return {
      path,
      size: () => file.size(),
      write: (buffers, position) => {
        try {
          this.#check('write', path)
        } catch (error) {
          if (this.tornWriteBytes > 0) {
            file.write([Buffer.concat(buffers).subarray(0, this.tornWriteBytes)], position)
          }
          throw error
        }
        return file.write(buffers, position)
      },
      writeLater: (buffers, position) => file.writeLater(buffers, position),
      read: (target, position) => {
        this.#check('read', path)
        return file.read(target, position)
      },
      readLater: async (target, position) => {
        this.#check('read', path)
        return file.readLater(target, position)
      },
      sync: async () => {
        this.#check('sync', path)
        await quickly()
      },
      syncNow: () => file.syncNow(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      close: () => file.close(),
    }
  }
}

/** Small segments and dense indexes, so that little data shows everything. */
export const SMALL: LogConfig = {
  ...LOG_CONFIG_DEFAULTS,
  segmentBytes: 4096,
  indexIntervalBytes: 200,
  fileDeleteDelayMs: 0,
}

export interface Opened {
  readonly manager: LogManager
  readonly telemetry: ReturnType<typeof recordingTelemetry>
}

export interface OpenOptions extends Partial<LogManagerOptions> {
  readonly disk?: Disk
  readonly clock?: Clock
  readonly config?: LogConfig
}

export async function openManager(
  dirs: string | readonly string[],
  options: OpenOptions = {},
): Promise<Opened> {
  const {
    disk = new FaultyDisk().disk,
    clock = new MovableClock(),
    config = SMALL,
    ...rest
  } = options
  const telemetry = recordingTelemetry()
  const manager = await LogManager.open(
    { disk, clock, entropy: realIo.entropy, telemetry },
    {
      dirs: typeof dirs === 'string' ? [dirs] : dirs,
      clusterId: 'cluster',
      nodeId: 1,
      format: true,
      configOf: () => config,
      ...rest,
    },
  )
  return { manager, telemetry }
}

export function freshUuid(): string {
  return randomUuid((size) => realIo.entropy.randomBytes(size))
}

/** What a crash of the process would leave: a copy of the directory as the page cache shows it, without its lock. */
export function crashCopy(from: string): string {
  const to = temporaryDirectory()
  copyTree(from, to)
  return to
}

function copyTree(from: string, to: string): void {
  realDisk.makeDirectory(to)
  for (const { name, kind } of realDisk.list(from)) {
    if (name === '.lock') continue
    if (kind === 'directory') copyTree(`${from}/${name}`, `${to}/${name}`)
    else realDisk.writeFile(`${to}/${name}`, realDisk.readFile(`${from}/${name}`))
  }
}

export interface BatchDraft extends BatchOptions {
  /** Default 1. */
  readonly records?: number
  /** Of each value. Default 20. */
  readonly valueBytes?: number
  /** Fills the values. */
  readonly mark?: number
}

export function batch(draft: BatchDraft = {}): CheckedBatch {
  const { records = 1, valueBytes = 20, mark = 0, ...options } = draft
  const value = Buffer.alloc(valueBytes, mark)
  const drafts = Array.from({ length: records }, () => ({ key: null, value }))
  const buffer = buildBatch(drafts, { timestampMs: 1_700_000_000_000, ...options })
  return { buffer, header: readBatchHeader(buffer, 0) }
}

/** A batch of an idempotent producer. */
export function numbered(
  producerId: number,
  baseSequence: number,
  draft: BatchDraft = {},
): CheckedBatch {
  return batch({ producerId, producerEpoch: 0, baseSequence, ...draft })
}

export function marker(
  producerId: number,
  commit: boolean,
  producerEpoch = 0,
  coordinatorEpoch = 0,
): CheckedBatch {
  const buffer = buildEndTransactionMarker(
    { commit, coordinatorEpoch, producerId, producerEpoch },
    { timestampMs: 1_700_000_000_000 },
  )
  return { buffer, header: readBatchHeader(buffer, 0) }
}

export const EPOCH = { leaderEpoch: 0 } as const
export const BY_COORDINATOR = { leaderEpoch: 0, origin: 'coordinator' } as const

/** All batches of a log, read in pieces. */
export async function readAll(log: PartitionLog, maxBytes = 1000): Promise<Buffer[]> {
  const batches: Buffer[] = []
  const { logEnd } = log
  for (let offset = log.logStart; offset < logEnd;) {
    const result = await log.read(offset, { maxBytes, offsetEndMax: logEnd, minOneBatch: true })
    if (result.kind !== 'batches') throw new Error(JSON.stringify(result))
    if (result.offsetEnd <= offset) throw new Error(`nothing at ${offset}`)
    for (const header of wholeBatches(result.buffer)) {
      batches.push(result.buffer.subarray(header.position, header.position + header.sizeBytes))
    }
    offset = result.offsetEnd
  }
  return batches
}

export function baseOffsets(batches: readonly Buffer[]): number[] {
  return batches.map((bytes) => readBatchHeader(bytes, 0).baseOffset)
}
