/** Taking records off a log: at its end (followers), at its beginning (retention, DeleteRecords), all of it. */
import { DiskError } from '../io/index.ts'
import type { BatchHeader } from '../records/index.ts'
import { locate } from './locate.ts'
import { activeSegment, dirtyBytesOf, segmentAt, writeEpochs } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { reloadProducers } from './producer-replay.ts'
import { newSegment, rollTo } from './roll.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import { runLater } from './steps.ts'
import type { Steps } from './steps.ts'

/**
 * Removes all batches that reach to `offset` or beyond, and epochs that have no batch. Order: the checkpoint comes first, because a recovery point above the log's end would
 * keep recovery from verifying what is appended there later.
 */
export async function truncateEnd(log: LogState, offset: number): Promise<void> {
  if (offset >= log.logEnd) {
    // An epoch that this node began as leader and wrote nothing in would be taken for that of the next leader's records.
    if (log.epochs.truncateFromEnd(log.logEnd)) log.epochsStale = true
    return
  }
  if (offset <= (log.segments[0]?.baseOffset ?? 0)) return restartAt(log, offset)
  await log.flush.exclusively(async () => {
    await lowerRecoveryPoint(log, offset)
    try {
      const kept = log.segments.filter(({ baseOffset }) => baseOffset < offset)
      retireSegments(log, log.segments.slice(kept.length))
      log.segments = kept
      await runLater(cutSegment(log, activeSegment(log), offset))
      await runLater(reloadProducers(log, log.logEnd))
    } catch (error) {
      throw log.env.failed(error)
    }
    // The names as well: whole segments that came back with a power cut would look as if they followed.
    await syncCut(log, () =>
      Promise.all([activeSegment(log).log.sync(), log.env.files.disk.syncDirectory(log.path)]),
    )
  })
}

/** Removes everything; the log begins anew at `offset`, which may lie beyond its old end. */
export async function restartAt(log: LogState, offset: number): Promise<void> {
  await log.flush.exclusively(async () => {
    await lowerRecoveryPoint(log, offset)
    try {
      retireSegments(log, log.segments)
      log.snapshots.remove(() => true)
      log.producers.clear()
      const segment = newSegment(log, offset)
      segment.create(log.config, log.env.entropy.random())
      log.segments = [segment]
      log.entriesUnsynced = true
      log.logStart = offset
      setEnd(log, offset)
      log.durableEnd = offset
      log.recoveryPoint = offset
    } catch (error) {
      throw log.env.failed(error)
    }
    await syncCut(log, () => log.env.files.disk.syncDirectory(log.path))
  })
  await log.env.logStartMoved()
}

async function syncCut(log: LogState, sync: () => Promise<unknown>): Promise<void> {
  try {
    await sync()
  } catch (error) {
    throw log.env.syncFailed(error)
  }
  log.env.check()
}

/** Moves the log start up to `offset`; whole segments in front of it go. Resolves when the new start survives a crash. */
export async function deleteBefore(log: LogState, offset: number): Promise<number> {
  if (offset > log.logStart) {
    moveStart(log, offset)
    const first = segmentAt(log, log.logStart)
    await dropSegments(
      log,
      log.segments.filter(({ baseOffset }) => baseOffset < (first?.baseOffset ?? 0)),
    )
  }
  // Also where retention had moved it: whoever asked is told where the log starts, and may rely on it.
  if (log.logStart > 0) log.startWasAsked = true
  await log.env.logStartMoved()
  return log.logStart
}

/** Removes segments at the beginning of the log. The active one is rolled first if it is among them. */
export async function dropSegments(log: LogState, segments: readonly Segment[]): Promise<void> {
  if (segments.length === 0) return
  try {
    if (segments.length === log.segments.length) rollTo(log, log.logEnd)
    const kept = log.segments.slice(segments.length)
    moveStart(log, Math.max(log.logStart, kept[0]?.baseOffset ?? 0))
    log.segments = kept
  } catch (error) {
    throw log.env.failed(error)
  }
  const work = retireInTurn(log, segments, log.retiring)
  log.retiring = work.catch(() => {})
  await work
}

/** @param earlier what was taken off the log before goes before: a crash in between leaves no gap */
async function retireInTurn(
  log: LogState,
  segments: readonly Segment[],
  earlier: Promise<void> | null,
): Promise<void> {
  // The name of the file that the log begins with survives a power cut before the older ones go: with none the log would begin at 0 again.
  await syncNames(log)
  if (log.closed) return
  // And so does the log start: a power cut may bring some of the older files back and not others, and what lies behind the hole must not look like
  // a tail that was lost.
  log.startWasAsked = true
  await log.env.logStartMoved()
  await earlier
  if (log.closed) return
  try {
    const gone = new Set(segments.map(({ baseOffset }) => baseOffset))
    // The first one first.
    for (const segment of segments) {
      log.env.removeLater(segment.retire(), log.config.fileDeleteDelayMs)
    }
    log.snapshots.remove((offset) => gone.has(offset))
  } catch (error) {
    throw log.env.failed(error)
  }
}

async function syncNames(log: LogState): Promise<void> {
  try {
    // What the producers wrote into the segments that go is known from the snapshot alone.
    await log.snapshots.sync()
    await log.env.files.disk.syncDirectory(log.path)
  } catch (error) {
    // The log was deleted meanwhile.
    if (log.closed && error instanceof DiskError && error.code === 'NOT_FOUND') return
    throw log.env.syncFailed(error)
  }
  log.env.check()
}

/** The epochs follow in the file with the next one that is written: recovery knows the log start, and cuts what lies before it. */
function moveStart(log: LogState, offset: number): void {
  log.logStart = offset
  log.touched = true
  if (log.epochs.truncateFromStart(offset)) log.epochsStale = true
}

async function lowerRecoveryPoint(log: LogState, offset: number): Promise<void> {
  log.env.check()
  log.touched = true
  if (log.recoveryPoint <= offset) return
  log.recoveryPoint = offset
  await log.env.recoveryPointLowered()
}

/** The last one first: a crash in between leaves no gap. */
function retireSegments(log: LogState, segments: readonly Segment[]): void {
  for (const segment of segments.toReversed()) {
    log.env.removeLater(segment.retire(), log.config.fileDeleteDelayMs)
  }
}

function* cutSegment(log: LogState, segment: Segment, offset: number): Steps<void> {
  const { indexIntervalBytes } = log.config
  const found = yield* locate(segment, offset, indexIntervalBytes, false)
  const end = found?.position ?? segment.sizeBytes
  const from = yield* segment.rewind(offset, false)
  yield* segment.prepare(false)
  const range = { file: segment.log, from, end, baseOffset: segment.baseOffset }
  const note = (header: BatchHeader, position: number): boolean => {
    const { sizeBytes, maxTimestamp } = header
    const lastOffset = header.baseOffset + header.lastOffsetDelta
    segment.note({ position, sizeBytes, lastOffset, maxTimestamp }, indexIntervalBytes)
    return true
  }
  const { offsetEnd } = yield* scanBatches(range, { verify: false, hot: false }, note)
  segment.cut()
  setEnd(log, offsetEnd)
}

function setEnd(log: LogState, offset: number): void {
  log.truncations += 1
  log.unsettledBytes = dirtyBytesOf(log)
  log.logEnd = offset
  log.durableEnd = Math.min(log.durableEnd, offset)
  log.recoveryPoint = Math.min(log.recoveryPoint, offset)
  log.highWatermark = Math.min(Math.max(log.highWatermark, log.logStart), offset)
  log.hotStart = offset
  log.hotNext = offset
  log.hints.clear()
  log.snapshots.remove((snapshot) => snapshot > offset)
  if (log.epochs.truncateFromEnd(offset)) writeEpochs(log)
}
