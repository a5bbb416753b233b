/** The snapshots in the metadata log's directory: find the newest whole one, write, retire. */
import type { Clock, Disk, Telemetry } from '../io/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { encodeRecord, snapshotRecords } from '../metadata/index.ts'
import { QuorumError } from './error.ts'
import { replaceFile } from './files-driver.ts'
import type { QuorumFacts } from './metadata-batch.ts'
import {
  decodeSnapshot,
  encodeSnapshot,
  isBootstrap,
  parseSnapshotFileName,
  snapshotFileName,
} from './snapshot-file.ts'
import type { Snapshot, SnapshotId } from './snapshot-file.ts'

export interface SnapshotDeps {
  readonly disk: Disk
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export interface FoundSnapshot {
  readonly id: SnapshotId
  readonly snapshot: Snapshot
}

export class Snapshots {
  readonly #deps: SnapshotDeps
  readonly #dir: string

  constructor(deps: SnapshotDeps, dir: string) {
    this.#deps = deps
    this.#dir = dir
  }

  /** Oldest first. The bootstrap snapshot, if it is there, comes first of all. */
  list(): SnapshotId[] {
    return this.#deps.disk
      .list(this.#dir)
      .map(({ name }) => parseSnapshotFileName(name))
      .filter((id) => id !== null)
      .sort((a, b) => a.offsetEnd - b.offsetEnd || a.epoch - b.epoch)
  }

  /**
   * The newest snapshot that is whole and from which the log goes on, or null when there is none and the log needs none.
   *
   * @param logStart first offset that the log still has
   * @throws QuorumError `DAMAGED`: the log's beginning is gone and no snapshot stands for it
   */
  newest(logStart: number): FoundSnapshot | null {
    const { disk, telemetry } = this.#deps
    for (const id of this.list().toReversed()) {
      if (isBootstrap(id) || id.offsetEnd < logStart) break
      const path = this.#path(id)
      const snapshot = decodeSnapshot(disk.readFile(path))
      if (typeof snapshot !== 'string') return { id, snapshot }
      telemetry.log('error', 'quorum.snapshot.damaged', `Cannot use snapshot ${path}: ${snapshot}`)
    }
    if (logStart === 0) return null
    throw new QuorumError(
      'DAMAGED',
      `Cannot load the metadata in ${this.#dir}: the log begins at ${logStart}, and no whole snapshot stands for what came before`,
    )
  }

  /** The snapshot that formatting wrote, or null. Throws QuorumError `DAMAGED`. */
  bootstrap(): Snapshot | null {
    const id = this.list().find(isBootstrap)
    return id === undefined ? null : readSnapshotFile(this.#deps.disk, this.#path(id))
  }

  /** Writes a snapshot of `image`; the loop runs on between its batches. Throws DiskError. */
  async write(image: MetadataImage, facts: QuorumFacts): Promise<SnapshotId> {
    const { disk, clock, telemetry } = this.#deps
    const { offsetLast, epoch, timestampMs } = image.provenance
    const id = { offsetEnd: offsetLast + 1, epoch }
    const content = encodeSnapshot({
      epoch,
      lastContainedLogTimestampMs: timestampMs,
      nowMs: clock.wallMs(),
      facts,
      values: framedRecords(image),
    })
    const pause = (): Promise<void> => new Promise((resolve) => clock.soon(resolve))
    const name = snapshotFileName(id)
    const sizeBytes = await replaceFile(disk, this.#dir, name, content, pause)
    telemetry.log('info', 'quorum.snapshot.written', `Wrote metadata snapshot ${name}`, {
      offsetEnd: id.offsetEnd,
      epoch,
      sizeBytes,
    })
    return id
  }

  sizeBytes(id: SnapshotId): number {
    return this.#deps.disk.stat(this.#path(id))?.sizeBytes ?? 0
  }

  /** Part of the file. Throws DiskError. */
  read(id: SnapshotId, position: number, sizeBytes: number): Buffer {
    const file = this.#deps.disk.open(this.#path(id), 'read')
    try {
      const piece = Buffer.allocUnsafe(sizeBytes)
      return piece.subarray(0, file.read(piece, position))
    } finally {
      file.close()
    }
  }

  remove(id: SnapshotId): void {
    this.#deps.disk.removeFile(this.#path(id))
  }

  #path(id: SnapshotId): string {
    return `${this.#dir}/${snapshotFileName(id)}`
  }
}

function* framedRecords(image: MetadataImage): Generator<Buffer> {
  const { metadataVersion } = image.features
  for (const record of snapshotRecords(image)) yield encodeRecord(record, metadataVersion)
}

/** A snapshot file that must be whole. Throws QuorumError `DAMAGED`. */
export function readSnapshotFile(disk: Disk, path: string): Snapshot {
  const snapshot = decodeSnapshot(disk.readFile(path))
  if (typeof snapshot !== 'string') return snapshot
  throw new QuorumError('DAMAGED', `Cannot read ${path}: ${snapshot}`)
}
