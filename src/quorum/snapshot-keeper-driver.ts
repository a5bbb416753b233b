/** When to write a snapshot of the metadata, and what to remove once there is one. */
import type { Timer } from '../io/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { isFullDisk } from './files-driver.ts'
import type { MetadataLog } from './log-driver.ts'
import type { QuorumFacts } from './metadata-batch.ts'
import { isBootstrap } from './snapshot-file.ts'
import type { SnapshotId } from './snapshot-file.ts'
import type { SnapshotDeps, Snapshots } from './snapshots-driver.ts'

export interface RetentionOptions {
  /** `metadata.log.max.record.bytes.between.snapshots`: the most log that may lie behind the newest snapshot. */
  readonly snapshotAfterBytes: number
  /** A snapshot that is due is written so much later, so that it does not fall into a start or a burst. Default: five seconds. */
  readonly snapshotDelayMs?: number
  /** `metadata.max.retention.bytes`: above this, the log is cut to what the newest snapshots need. */
  readonly retainedBytes: number
}

/** Apache Kafka's defaults. */
export const RETENTION_DEFAULTS: RetentionOptions = {
  snapshotAfterBytes: 20 * 1024 * 1024,
  retainedBytes: 100 * 1024 * 1024,
}

const SNAPSHOT_DELAY_MS = 5000
/** Less log than this is never worth a snapshot before {@link RetentionOptions.snapshotAfterBytes} asks for one. */
const LOG_SIZE_MIN = 1024 * 1024
/** A log so many times as large as the newest snapshot takes longer to replay than the snapshot to load. */
const LOG_TO_SNAPSHOT = 2

/** What a snapshot is made of, taken when it is written. */
export type SnapshotSource = () => {
  readonly image: MetadataImage
  readonly facts: QuorumFacts
}

export interface KeeperEvents {
  onWritten(id: SnapshotId): void
  /** The log begins where this snapshot ends. */
  onStartMoved(base: SnapshotId): void
  onFailure(error: unknown): void
}

export class SnapshotKeeper {
  readonly #deps: SnapshotDeps
  readonly #log: MetadataLog
  readonly #snapshots: Snapshots
  readonly #options: RetentionOptions
  readonly #source: SnapshotSource
  readonly #events: KeeperEvents
  /** Bytes of the log that no snapshot stands for yet. */
  #logBytes = 0
  #dueAtBytes: number
  #timer: Timer | null = null
  #writing: Promise<void> | null = null
  #isClosed = false

  constructor(
    deps: SnapshotDeps,
    log: MetadataLog,
    snapshots: Snapshots,
    options: RetentionOptions,
    source: SnapshotSource,
    events: KeeperEvents,
  ) {
    this.#deps = deps
    this.#log = log
    this.#snapshots = snapshots
    this.#options = options
    this.#source = source
    this.#events = events
    this.#dueAtBytes = this.#threshold()
  }

  /** More of the log is committed and in the image. Writes a snapshot, after a while, when there is enough of it. */
  count(sizeBytes: number): void {
    this.#logBytes += sizeBytes
    if (this.#logBytes < this.#dueAtBytes || this.#timer !== null || this.#writing !== null) return
    if (this.#isClosed) return
    const delayMs = this.#options.snapshotDelayMs ?? SNAPSHOT_DELAY_MS
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#timer = null
      this.#writing = this.#write()
        .catch((error: unknown) => this.#events.onFailure(error))
        .finally(() => {
          this.#writing = null
        })
    })
  }

  /** Begins nothing more, and resolves when nothing is being written. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#writing
  }

  #threshold(): number {
    const newest = this.#snapshots.list().at(-1)
    const snapshotBytes = newest === undefined ? 0 : this.#snapshots.sizeBytes(newest)
    const worthwhile = Math.max(LOG_SIZE_MIN, LOG_TO_SNAPSHOT * snapshotBytes)
    return Math.min(this.#options.snapshotAfterBytes, worthwhile)
  }

  async #write(): Promise<void> {
    this.#logBytes = 0
    const { image, facts } = this.#source()
    try {
      // From here on a new segment, so that the old one ends near the snapshot and can go with the next one.
      this.#log.roll()
      this.#events.onWritten(await this.#snapshots.write(image, facts))
    } catch (error) {
      if (!isFullDisk(error)) throw error
      const message = 'Cannot write a metadata snapshot: the disk is full; trying again later'
      this.#deps.telemetry.log('warn', 'quorum.snapshot.delayed', message)
      return
    }
    await this.#retire()
    this.#dueAtBytes = this.#threshold()
  }

  /**
   * Removes the oldest snapshot and what the next one stands for, until the rest fits or only one snapshot is left. The log's start moves
   * first, as in Apache Kafka, so that there is a snapshot at or before it at any moment.
   */
  async #retire(): Promise<void> {
    const ids = this.#snapshots.list()
    while (ids.length > 1 && this.#retainedBytes(ids) > this.#options.retainedBytes) {
      const oldest = ids.shift() as SnapshotId
      const next = ids[0] as SnapshotId
      if (next.offsetEnd > this.#log.logStart) {
        const logStart = await this.#log.deleteRecordsBefore(next.offsetEnd)
        if (logStart === next.offsetEnd) this.#events.onStartMoved(next)
      }
      this.#snapshots.remove(oldest)
      if (isBootstrap(oldest)) continue
      const message = `Removed the metadata snapshot at ${oldest.offsetEnd} and the log before ${next.offsetEnd}`
      this.#deps.telemetry.log('info', 'quorum.snapshot.removed', message)
    }
  }

  #retainedBytes(ids: readonly SnapshotId[]): number {
    return ids.reduce((sum, id) => sum + this.#snapshots.sizeBytes(id), this.#log.sizeBytes)
  }
}
