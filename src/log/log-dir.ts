/** One of `log.dirs`: its lock and identity, its checkpoints, its health. */
import type { Uuid } from '../base/index.ts'
import { randomUuid } from '../base/index.ts'
import { DiskError } from '../io/index.ts'
import type { Clock, Disk, Entropy, Telemetry, Timer } from '../io/index.ts'
import { syncAncestors } from './ancestors.ts'
import { CheckpointFile, writeDurably } from './checkpoint-file.ts'
import { encodeCheckpoint } from './checkpoint-text.ts'
import { readCleanShutdown, removeCleanShutdown, writeCleanShutdown } from './clean-shutdown.ts'
import { DamagedLog, LogError } from './errors.ts'
import type { FileCache } from './file-cache.ts'
import { Flusher } from './flusher.ts'
import type { LogEnv } from './log-env.ts'
import type { LogState } from './log-state.ts'
import { checkIdentity, readMetaProperties, writeMetaProperties } from './meta-properties.ts'
import {
  HIGH_WATERMARKS,
  LOCK,
  LOG_STARTS,
  parsePartitionDirName,
  RECOVERY_POINTS,
} from './names.ts'
import { SharedTask } from './shared-task.ts'
import { Trash } from './trash.ts'

/** The metadata log is in no checkpoint. */
const METADATA_DIR = '__cluster_metadata-0'
/** Between two checkpoints of recovery points. The first that moves is written at once: what is appended until then is verified after a crash. */
const RECOVERY_POINT_MS = 1000

export interface LogDirContext {
  readonly disk: Disk
  readonly clock: Clock
  readonly entropy: Entropy
  readonly telemetry: Telemetry
  readonly files: FileCache
  readonly clusterId: string
  readonly nodeId: number
  readonly format: boolean
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkIntervalMs: number
  /** What the three checkpoints are to hold. */
  readonly checkpointLines: (dir: LogDir, kind: CheckpointKind) => string[]
  /** The dir has failed for good. */
  readonly onFailure: (dir: LogDir, error: LogError) => void
}

export type CheckpointKind = 'recoveryPoint' | 'logStart' | 'highWatermark'

/** What `kafka_cleanshutdown` and the checkpoints said when the dir was opened. */
export interface LogDirFindings {
  readonly clean: boolean
  readonly brokerEpoch: number | null
  /** False when the checkpoint of recovery points is missing or damaged. */
  readonly hasRecoveryPoints: boolean
  readonly recoveryPoints: Map<string, number>
  readonly logStarts: Map<string, number>
  readonly highWatermarks: Map<string, number>
}

function noFindings(): LogDirFindings {
  return {
    clean: false,
    brokerEpoch: null,
    hasRecoveryPoints: false,
    recoveryPoints: new Map(),
    logStarts: new Map(),
    highWatermarks: new Map(),
  }
}

export class LogDir implements LogEnv {
  readonly path: string
  readonly files: FileCache
  readonly clock: Clock
  readonly entropy: Entropy
  readonly telemetry: Telemetry
  readonly trash: Trash
  directoryId: Uuid | null = null
  failure: LogError | null = null
  findings: LogDirFindings = noFindings()
  readonly #context: LogDirContext
  readonly #flusher: Flusher
  readonly #recoveryPoints: CheckpointFile
  readonly #logStarts: CheckpointFile
  readonly #highWatermarks: CheckpointFile
  readonly #entries = new SharedTask(() => this.files.disk.syncDirectory(this.path))
  #unlock: (() => void) | null = null
  /** Of deleted partitions, as long as a checkpoint on disk may name them. */
  readonly #forgotten = new Map<string, Promise<unknown>>()
  #recoveryPointTimer: Timer | null = null
  #recoveryPointsWrittenMs = -Infinity
  #highWatermarkTimer: Timer | null = null
  #closed = false

  constructor(context: LogDirContext, path: string) {
    const { disk, clock, entropy, telemetry, files } = context
    this.path = path
    this.files = files
    this.clock = clock
    this.entropy = entropy
    this.telemetry = telemetry
    this.trash = new Trash(disk, clock, telemetry)
    this.#context = context
    this.#flusher = new Flusher(clock)
    const checkpoint = (name: string, kind: CheckpointKind): CheckpointFile =>
      new CheckpointFile(disk, path, name, () => {
        // A dir that has failed has no logs any more: a checkpoint that says so would outlive the failure.
        this.check()
        return context.checkpointLines(this, kind)
      })
    this.#recoveryPoints = checkpoint(RECOVERY_POINTS, 'recoveryPoint')
    this.#logStarts = checkpoint(LOG_STARTS, 'logStart')
    this.#highWatermarks = checkpoint(HIGH_WATERMARKS, 'highWatermark')
  }

  /**
   * Locks the dir, checks its identity and reads its checkpoints. The mark of a clean stop is gone, durably, when this resolves: a crash from here on is
   * one. Throws LogError LOCKED, NOT_FORMATTED, WRONG_IDENTITY, UNREADABLE; a disk that fails makes the dir fail instead.
   */
  async open(): Promise<void> {
    const { disk } = this.#context
    try {
      disk.makeDirectory(this.path)
      this.#unlock = disk.lock(`${this.path}/${LOCK}`)
      await this.#identify()
      const { clean, brokerEpoch } = readCleanShutdown(disk, this.path)
      if (clean) await removeCleanShutdown(disk, this.path)
      await this.#beginCheckpoint()
      const recoveryPoints = this.#readCheckpoint(this.#recoveryPoints, RECOVERY_POINTS)
      const logStarts = this.#readCheckpoint(this.#logStarts, LOG_STARTS)
      const highWatermarks = this.#readCheckpoint(this.#highWatermarks, HIGH_WATERMARKS)
      this.findings = {
        clean,
        brokerEpoch,
        hasRecoveryPoints: recoveryPoints !== null,
        recoveryPoints: recoveryPoints ?? new Map(),
        logStarts: logStarts ?? new Map(),
        highWatermarks: highWatermarks ?? new Map(),
      }
    } catch (error) {
      if (error instanceof DiskError && error.code === 'LOCKED') {
        throw new LogError('LOCKED', `Cannot use log dir ${this.path}: another process does`, error)
      }
      const failure = this.failed(error)
      if (failure.code !== 'FAILED') {
        this.#unlock?.()
        throw failure
      }
    }
  }

  check(): void {
    if (this.failure !== null) throw this.failure
  }

  failed(error: unknown): LogError {
    if (error instanceof LogError) return error
    if (error instanceof DamagedLog) return new LogError('UNREADABLE', error.message, error)
    if (!(error instanceof DiskError)) throw error
    if (error.code === 'NO_SPACE' || error.code === 'TOO_MANY_FILES') {
      return new LogError(error.code, error.message, error)
    }
    return this.#fail(error)
  }

  syncFailed(error: unknown): LogError {
    if (error instanceof DiskError && error.code === 'NO_SPACE') return this.#fail(error)
    return this.failed(error)
  }

  wantsSettling(log: LogState): void {
    this.#flusher.wants(log)
  }

  settled(): void {
    if (this.#closed) return
    const dueMs = this.#recoveryPointsWrittenMs + RECOVERY_POINT_MS
    const delayMs = Math.max(0, dueMs - this.clock.monotonicMs())
    this.#recoveryPointTimer ??= this.clock.after(delayMs, () => {
      this.#recoveryPointTimer = null
      this.#recoveryPointsWrittenMs = this.clock.monotonicMs()
      this.#inBackground(this.#recoveryPoints.write())
    })
  }

  highWatermarkMoved(): void {
    if (this.#closed) return
    const { highWatermarkIntervalMs } = this.#context
    this.#highWatermarkTimer ??= this.clock.after(highWatermarkIntervalMs, () => {
      this.#highWatermarkTimer = null
      this.#inBackground(this.#highWatermarks.write())
    })
  }

  logStartMoved(): Promise<void> {
    return this.#mapped(this.#logStarts.write())
  }

  recoveryPointLowered(): Promise<void> {
    return this.#mapped(this.#recoveryPoints.write())
  }

  async syncEntries(): Promise<void> {
    await this.#entries.request()
  }

  /** The partition is deleted: what the checkpoints say of its name is about a log that is gone. */
  forget(name: string): void {
    this.#forgetFindings(name)
    if (this.#closed) return
    const written = Promise.all(this.#checkpoints().map((checkpoint) => checkpoint.write()))
    this.#forgotten.set(name, written)
    this.#inBackground(
      written.then(() => {
        if (this.#forgotten.get(name) === written) this.#forgotten.delete(name)
      }),
    )
  }

  /**
   * A partition of this name is about to be made: no checkpoint may speak of another log that had it, lest the new one begin where that one did. On
   * the loop: what is appended next survives a kill. Throws DiskError.
   */
  makeRoomFor(name: string): void {
    if (!this.#forgetFindings(name) && !this.#forgotten.has(name)) return
    for (const checkpoint of this.#checkpoints()) checkpoint.writeNow()
    this.#forgotten.delete(name)
  }

  #checkpoints(): CheckpointFile[] {
    return [this.#recoveryPoints, this.#logStarts, this.#highWatermarks]
  }

  /** True when the checkpoints named it as the dir was opened. */
  #forgetFindings(name: string): boolean {
    const { recoveryPoints, logStarts, highWatermarks } = this.findings
    const named = [recoveryPoints, logStarts, highWatermarks].filter((offsets) =>
      offsets.delete(name),
    )
    return named.length > 0
  }

  removeLater(paths: readonly string[], delayMs: number): void {
    this.trash.add('file', paths, delayMs)
  }

  /** Nothing happens in the background any more; what was begun is finished. */
  async quiesce(): Promise<void> {
    this.#closed = true
    this.#flusher.close()
    this.#recoveryPointTimer?.cancel()
    this.#highWatermarkTimer?.cancel()
    await Promise.all([
      this.#recoveryPoints.idle(),
      this.#logStarts.idle(),
      this.#highWatermarks.idle(),
      this.#entries.idle(),
    ])
  }

  /** Last words: checkpoints and, if all logs are in order, the mark of a clean stop. Then the lock goes. */
  async close(markClean: boolean, brokerEpoch: number): Promise<void> {
    try {
      if (this.failure === null) {
        this.trash.empty()
        await this.#recoveryPoints.write()
        await this.#logStarts.write()
        await this.#highWatermarks.write()
        if (markClean) await writeCleanShutdown(this.files.disk, this.path, brokerEpoch)
      }
    } catch (error) {
      this.failed(error)
    } finally {
      this.trash.close()
      this.#unlock?.()
      this.#unlock = null
    }
  }

  async #identify(): Promise<void> {
    const { disk, clusterId, nodeId, format, entropy } = this.#context
    const meta = readMetaProperties(disk, this.path)
    if (meta !== null) {
      checkIdentity(this.path, meta, { clusterId, nodeId })
      this.directoryId = meta.directoryId
      if (meta.directoryId !== null) return
    } else if (!format) {
      throw new LogError(
        'NOT_FORMATTED',
        `Cannot use log dir ${this.path}: it has no meta.properties`,
      )
    }
    // Of a new dir it is known that nothing in it was ever settled.
    if (meta === null) await writeDurably(disk, this.path, RECOVERY_POINTS, encodeCheckpoint([]))
    await syncAncestors(disk, this.path)
    const directoryId = randomUuid((size) => entropy.randomBytes(size))
    await writeMetaProperties(disk, this.path, { clusterId, nodeId, directoryId })
    this.directoryId = directoryId
  }

  /** An empty dir gets a checkpoint before its first partition: a partition that it does not name was never settled, and has no gaps of old. */
  async #beginCheckpoint(): Promise<void> {
    const { disk } = this.files
    if (disk.exists(`${this.path}/${RECOVERY_POINTS}`)) return
    const isPartition = (name: string): boolean =>
      parsePartitionDirName(name) !== null && name !== METADATA_DIR
    if (disk.list(this.path).some(({ name }) => isPartition(name))) return
    await this.#recoveryPoints.write()
  }

  /** A checkpoint that cannot be read is worth nothing, as in Kafka: recovery then verifies everything. Null as well when it is missing. */
  #readCheckpoint(file: CheckpointFile, name: string): Map<string, number> | null {
    if (!this.files.disk.exists(`${this.path}/${name}`)) return null
    const offsets = file.read()
    if (offsets === null) {
      const message = `Cannot read ${this.path}/${name}: it is not a checkpoint; going on without it`
      this.telemetry.log('warn', 'log.checkpoint.unreadable', message)
    }
    return offsets
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      const failure = this.failed(error)
      if (failure.code === 'FAILED') return
      this.telemetry.log('warn', 'log.checkpoint.failed', failure.message, { code: failure.code })
    })
  }

  async #mapped(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      throw this.failed(error)
    }
  }

  #fail(cause: DiskError): LogError {
    if (this.failure !== null) return this.failure
    this.failure = new LogError(
      'FAILED',
      `Log dir ${this.path} has failed: ${cause.message}`,
      cause,
    )
    this.#flusher.close()
    this.telemetry.log('error', 'log.dir.failed', this.failure.message, { dir: this.path })
    this.#context.onFailure(this, this.failure)
    return this.failure
  }
}
