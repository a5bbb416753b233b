/** From a partition's directory to a {@link LogState}. */
import { decodeEpochs } from './checkpoint-text.ts'
import type { LogConfig } from './config.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import type { LogEnv } from './log-env.ts'
import { LogFlush } from './log-flush.ts'
import { activeSegment, dirtyBytesOf, writeEpochs } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { LEADER_EPOCHS, LOG_SUFFIX, offsetFileName, PARTITION_METADATA } from './names.ts'
import { readPartitionDir } from './partition-dir.ts'
import { loadSnapshot, reloadProducers } from './producer-replay.ts'
import { Producers } from './producers.ts'
import { ReadHints } from './read-hints.ts'
import { recover } from './recovery.ts'
import type { RecoveryOutcome } from './results.ts'
import { newSegment } from './roll.ts'
import type { Segment } from './segment.ts'
import { Snapshots } from './snapshots.ts'
import type { Steps } from './steps.ts'

const LONG_AGO = Number.MIN_SAFE_INTEGER

export interface LoadRequest {
  readonly env: LogEnv
  /** Directory of the partition. */
  readonly path: string
  /** `topic-partition`. */
  readonly name: string
  readonly config: LogConfig
  /** From the checkpoints; null where they do not name the partition. */
  readonly recoveryPoint: number | null
  /** There is a checkpoint of recovery points: a partition that it does not name was never settled. */
  readonly hasCheckpoint: boolean
  readonly logStart: number | null
  readonly highWatermark: number | null
  /** The log dir was closed in order. */
  readonly clean: boolean
  /** The directory was made by this process, or by one that was killed since, and is not synced. */
  readonly birthUnsynced: boolean
  /** Nor are, perhaps, the names in it. */
  readonly entriesUnsynced: boolean
  /** `producer.id.expiration.ms` */
  readonly producerExpirationMs: number
}

export interface LoadedLog {
  readonly log: LogState
  readonly outcome: RecoveryOutcome
}

/** Reads what a partition's directory holds and recovers it. Throws DiskError. */
export function* loadLog(request: LoadRequest): Steps<LoadedLog> {
  const { env, path, clean } = request
  const found = yield* readPartitionDir(env.files, path)
  const log = emptyLog(request, found.snapshots)
  const fileSizes = adoptSegments(log, found.baseOffsets)

  const epochs = readEpochs(log)
  const isNew = fileSizes.size === 0
  if (isNew) log.segments = [newSegment(log, log.logStart)]
  if (epochs !== null)
    for (const { epoch, startOffset } of epochs) log.epochs.assign(epoch, startOffset)

  const recoveryPoint = request.recoveryPoint ?? (clean ? Infinity : 0)
  // What stood before the first segment is known from a snapshot alone, flushed for sure or not; a damaged one is recognised.
  const snapshotMax = Math.max(recoveryPoint, log.segments[0]?.baseOffset ?? 0)
  const producersFrom = yield* loadSnapshot(log, snapshotMax)
  const fromSnapshot = log.snapshots.latest >= 0
  const replayFrom = epochs === null ? 0 : producersFrom
  const findings = {
    fileSizes,
    recoveryPoint,
    hasCheckpoint: request.hasCheckpoint,
    mayBeLost: request.entriesUnsynced,
    producersFrom,
    replayFrom,
  }
  const outcome: RecoveryOutcome = isNew
    ? { verifiedBytes: 0, cut: null, rebuilt: [] }
    : yield* recover(log, findings)
  if (isNew) log.logEnd = log.logStart
  if (log.logEnd < log.logStart) startAnew(log)
  if (producersFrom > log.logEnd) yield* reloadProducers(log, log.logEnd)

  log.recoveryPoint = Math.min(recoveryPoint, log.logEnd)
  log.durableEnd = log.recoveryPoint
  yield* finish(log, request, epochs === null && !isNew, fromSnapshot)
  log.touched =
    !clean || outcome.cut !== null || outcome.rebuilt.length > 0 || log.unsettledBytes > 0
  return { log, outcome }
}

function emptyLog(request: LoadRequest, snapshots: readonly number[]): LogState {
  const { env, path, name, config } = request
  const flush = new LogFlush()
  const log: LogState = {
    env,
    path,
    name,
    config,
    segments: [],
    logStart: request.logStart ?? 0,
    startWasAsked: request.logStart !== null,
    retiring: null,
    logEnd: 0,
    durableEnd: 0,
    recoveryPoint: 0,
    highWatermark: 0,
    producers: new Producers(),
    epochs: new LeaderEpochs(),
    snapshots: new Snapshots(env.files.disk, path, snapshots),
    hints: new ReadHints(),
    flush,
    hotStart: 0,
    hotNext: 0,
    hotBytes: 0,
    appendedAtMs: 0,
    unsettledBytes: 0,
    unsnapshottedBytes: 0,
    dirtySinceMs: null,
    settling: false,
    entriesUnsynced: request.entriesUnsynced,
    birthUnsynced: request.birthUnsynced,
    epochsStale: false,
    epochsUnsynced: false,
    truncations: 0,
    touched: false,
    closed: false,
  }
  flush.log = log
  return log
}

function adoptSegments(log: LogState, baseOffsets: readonly number[]): Map<Segment, number> {
  const fileSizes = new Map<Segment, number>()
  for (const baseOffset of baseOffsets) {
    const segment = newSegment(log, baseOffset)
    segment.indexTrusted = false
    segment.onDisk = true
    const path = `${log.path}/${offsetFileName(baseOffset, LOG_SUFFIX)}`
    segment.sizeBytes = log.env.files.disk.stat(path)?.sizeBytes ?? 0
    fileSizes.set(segment, segment.sizeBytes)
  }
  log.segments = [...fileSizes.keys()]
  log.logStart = Math.max(log.logStart, baseOffsets[0] ?? 0)
  return fileSizes
}

/** Null when the file is missing or not one: the batches know the same. */
function readEpochs(log: LogState): ReturnType<typeof decodeEpochs> {
  const { disk } = log.env.files
  const path = `${log.path}/${LEADER_EPOCHS}`
  return disk.exists(path) ? decodeEpochs(disk.readFile(path).toString('utf8')) : null
}

/** The log ends before it starts: files were removed by somebody. Nothing in it may be read. */
function startAnew(log: LogState): void {
  for (const segment of log.segments.toReversed()) {
    log.env.removeLater(segment.retire(), log.config.fileDeleteDelayMs)
  }
  log.snapshots.remove(() => true)
  log.producers.clear()
  log.segments = [newSegment(log, log.logStart)]
  log.logEnd = log.logStart
}

/** What follows from the log's bounds. */
function* finish(
  log: LogState,
  request: LoadRequest,
  epochsMissing: boolean,
  fromSnapshot: boolean,
): Steps<void> {
  const { env } = log
  const active = activeSegment(log)
  if (active.onDisk) yield* active.prepare(false)
  const cutEpochs = log.epochs.truncateFromEnd(log.logEnd)
  const movedEpochs = log.epochs.truncateFromStart(log.logStart)
  if (cutEpochs || movedEpochs || epochsMissing) writeEpochs(log)

  const bases = new Set(log.segments.map(({ baseOffset }) => baseOffset))
  const newest = Math.min(log.snapshots.latest, log.logEnd)
  log.snapshots.remove((offset) => offset > log.logEnd || (offset < newest && !bases.has(offset)))
  log.unsettledBytes = dirtyBytesOf(log)
  log.unsnapshottedBytes =
    log.snapshots.latest >= active.baseOffset ? log.unsettledBytes : active.sizeBytes
  log.highWatermark = Math.min(Math.max(request.highWatermark ?? 0, log.logStart), log.logEnd)
  log.producers.onHighWatermark(log.highWatermark)
  log.producers.isWhole = log.logStart === 0 && (!fromSnapshot || isYoung(log, request))
  log.hotStart = log.logEnd
  log.hotNext = log.logEnd
  if (log.unsettledBytes > 0) {
    // Overdue: a process that dies again and again soon after its start must not have more to verify each time.
    log.dirtySinceMs = LONG_AGO
    env.wantsSettling(log)
  }
}

/** True when no producer can have expired since the partition was made. */
function isYoung(log: LogState, request: LoadRequest): boolean {
  const madeMs = log.env.files.disk.stat(`${log.path}/${PARTITION_METADATA}`)?.modifiedMs
  if (madeMs === undefined) return false
  const ageMs = log.env.clock.wallMs() - madeMs
  return ageMs >= 0 && ageMs < request.producerExpirationMs
}
