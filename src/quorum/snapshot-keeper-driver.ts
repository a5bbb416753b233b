/** When to write a snapshot of the metadata, and what to remove once there is one. */
import type { MetadataImage } from '../metadata/index.ts'
import { isFullDisk } from './files-driver.ts'
import type { MetadataLog } from './log-driver.ts'
import type { QuorumFacts } from './metadata-batch.ts'
import { isBootstrap } from './snapshot-file.ts'
import type { SnapshotId } from './snapshot-file.ts'
import type { SnapshotDeps, Snapshots } from './snapshots-driver.ts'

export interface RetentionOptions {
  /** `metadata.log.max.record.bytes.between.snapshots`: so much log is replayed at most. */
  readonly snapshotAfterBytes: number
  /** `metadata.max.retention.bytes`: above this, the log is cut to what the newest snapshots need. */
  readonly retainedBytes: number
}

/** Apache Kafka's defaults. */
export const RETENTION_DEFAULTS: RetentionOptions = {
  snapshotAfterBytes: 20 * 1024 * 1024,
  retainedBytes: 100 * 1024 * 1024,
}

export class SnapshotKeeper {
  readonly #deps: SnapshotDeps
  readonly #log: MetadataLog
  readonly #snapshots: Snapshots
  readonly #options: RetentionOptions
  #bytesSinceSnapshot = 0
  #writing: Promise<void> | null = null

  constructor(
    deps: SnapshotDeps,
    log: MetadataLog,
    snapshots: Snapshots,
    options: RetentionOptions,
  ) {
    this.#deps = deps
    this.#log = log
    this.#snapshots = snapshots
    this.#options = options
  }

  /** Counts bytes of the log that no snapshot stands for yet. */
  count(sizeBytes: number): void {
    this.#bytesSinceSnapshot += sizeBytes
  }

  get isDue(): boolean {
    return this.#writing === null && this.#bytesSinceSnapshot >= this.#options.snapshotAfterBytes
  }

  /** Writes a snapshot of `image` and retires what it makes superfluous. A full disk only puts it off. Throws DiskError, LogError. */
  async write(image: MetadataImage, facts: QuorumFacts): Promise<void> {
    this.#bytesSinceSnapshot = 0
    this.#writing = this.#write(image, facts).finally(() => {
      this.#writing = null
    })
    await this.#writing
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing?.catch(() => undefined) // Whoever called write() has the error.
  }

  async #write(image: MetadataImage, facts: QuorumFacts): Promise<void> {
    try {
      // From here on a new segment, so that the old one ends near the snapshot and can go with the next one.
      this.#log.roll()
      await this.#snapshots.write(image, facts)
    } catch (error) {
      if (!isFullDisk(error)) throw error
      const message = 'Cannot write a metadata snapshot: the disk is full; trying again later'
      this.#deps.telemetry.log('warn', 'quorum.snapshot.delayed', message)
      return
    }
    await this.#retire()
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
      if (next.offsetEnd > this.#log.logStart) await this.#log.deleteRecordsBefore(next.offsetEnd)
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
