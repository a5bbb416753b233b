/** Finding records by time (org.apache.kafka.storage.internals.log.LogSegment#findOffsetByTimestamp; KIP-79, KIP-734). */
import { readBatchHeader, readRecords } from '../records/index.ts'
import { DamagedLog } from './errors.ts'
import { locate, newestTimestamp, rebuildIndexes } from './locate.ts'
import { offsetEndOfSegment } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import type { Steps } from './steps.ts'
import type { TimestampedOffset } from './results.ts'

/** Lookups by time are rare and go anywhere: all of them read off the loop. */
const COLD = false

/** The first record with at least this timestamp; null when there is none. */
export function* findTimestamp(
  log: LogState,
  timestampMs: number,
): Steps<TimestampedOffset | null> {
  for (const segment of log.segments) {
    yield* checkTimeIndex(log, segment)
    const largest = yield* segment.largestTimestamp(COLD)
    if (largest === null || largest.timestampMs < timestampMs) continue
    const found = yield* searchSegment(log, segment, timestampMs)
    if (found !== null) return found
  }
  return null
}

/** The record with the largest timestamp, the first one if several have it; null when no record has a timestamp. */
export function* findMaxTimestamp(log: LogState): Steps<TimestampedOffset | null> {
  let best: { segment: Segment; timestampMs: number } | null = null
  for (const segment of log.segments) {
    yield* checkTimeIndex(log, segment)
    const largest = yield* segment.largestTimestamp(COLD)
    if (largest !== null && largest.timestampMs > (best?.timestampMs ?? -1)) {
      best = { segment, timestampMs: largest.timestampMs }
    }
  }
  return best === null ? null : yield* searchSegment(log, best.segment, best.timestampMs)
}

/** Largest timestamp of a segment, for retention; null when it has none. */
export function* segmentTimestamp(log: LogState, segment: Segment): Steps<number | null> {
  yield* checkTimeIndex(log, segment)
  const largest = yield* segment.largestTimestamp(COLD)
  return largest === null || largest.timestampMs < 0 ? null : largest.timestampMs
}

function* searchSegment(
  log: LogState,
  segment: Segment,
  timestampMs: number,
): Steps<TimestampedOffset | null> {
  const from = yield* startFor(log, segment, timestampMs)
  if (from === null) return null
  const range = { file: segment.log, end: segment.sizeBytes, offsetMin: segment.baseOffset }
  for (let position = from; position < segment.sizeBytes;) {
    let sizeBytes = 0
    const end = yield* scanBatches(
      { ...range, from: position },
      { verify: false, hot: COLD },
      (header) => {
        sizeBytes = header.sizeBytes
        return header.maxTimestamp < timestampMs
      },
    )
    if (end.problem !== null) throw new DamagedLog(end.offsetEnd, end.position, end.problem)
    if (end.position >= segment.sizeBytes) return null
    const batch = yield { file: segment.log, position: end.position, sizeBytes, hot: COLD }
    const found = searchBatch(batch, timestampMs, log.logStart)
    if (found !== null) return found
    // Its header claims a larger time than any of its records has, or those lie below the log start.
    position = end.position + sizeBytes
  }
  return null
}

function searchBatch(
  batch: Buffer,
  timestampMs: number,
  offsetMin: number,
): TimestampedOffset | null {
  const header = readBatchHeader(batch, 0)
  const record = readRecords(batch, header).find(
    (record) => record.timestampMs >= timestampMs && record.offset >= offsetMin,
  )
  if (record === undefined) return null
  const { offset } = record
  return { offset, timestampMs: record.timestampMs, leaderEpoch: header.leaderEpoch }
}

/** Position of the batch where the search begins, as the time index tells; null when the segment has nothing from there on. */
function* startFor(log: LogState, segment: Segment, timestampMs: number): Steps<number | null> {
  const { indexIntervalBytes } = log.config
  let entry = yield* segment.timeIndex.floor(timestampMs, COLD)
  if (entry !== null && !(yield* isGenuine(log, segment, entry.timestampMs, entry.offset))) {
    yield* rebuildIndexes(segment, indexIntervalBytes, COLD)
    entry = yield* segment.timeIndex.floor(timestampMs, COLD)
  }
  const offset = Math.max(entry?.offset ?? segment.baseOffset, log.logStart)
  return (yield* locate(segment, offset, indexIntervalBytes, COLD))?.position ?? null
}

/** True when the batch that ends at `offset` has this largest timestamp. */
function* isGenuine(
  log: LogState,
  segment: Segment,
  timestampMs: number,
  offset: number,
): Steps<boolean> {
  if (offset < segment.baseOffset || offset >= offsetEndOfSegment(log, segment)) return false
  const batch = yield* locate(segment, offset, log.config.indexIntervalBytes, COLD)
  return batch !== null && batch.lastOffset === offset && batch.maxTimestamp === timestampMs
}

/**
 * Once per segment and process: is the last entry of the time index true, and not older than the end of the segment? Otherwise a lookup would pass
 * over the segment, and it is made anew.
 */
function* checkTimeIndex(log: LogState, segment: Segment): Steps<void> {
  if (segment.timesTrusted || segment.sizeBytes === 0) return
  const last = yield* segment.timeIndex.last(COLD)
  const isTrue = last === null || (yield* isGenuine(log, segment, last.timestampMs, last.offset))
  // The active segment keeps its largest timestamp in memory; its index may be behind.
  const isBehind =
    segment !== log.segments.at(-1) && !(yield* reachesEnd(segment, last?.timestampMs ?? -1))
  if (!isTrue || isBehind) yield* rebuildIndexes(segment, log.config.indexIntervalBytes, COLD)
  segment.timesTrusted = true
}

function* reachesEnd(segment: Segment, timestampMs: number): Steps<boolean> {
  const newest = yield* newestTimestamp(segment, COLD)
  return newest !== null && newest <= timestampMs
}
