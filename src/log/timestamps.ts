/** Finding records by time (org.apache.kafka.storage.internals.log.LogSegment#findOffsetByTimestamp; KIP-79, KIP-734). */
import { findRecord, readBatchHeader } from '../records/index.ts'
import { DamagedLog } from './errors.ts'
import { locate, rebuildIndexes } from './locate.ts'
import type { Located } from './locate.ts'
import { offsetEndOfSegment } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import type { Steps } from './steps.ts'
import type { TimestampedOffset } from './results.ts'
import type { TimestampOffset } from './time-index.ts'

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
  const range = { file: segment.log, end: segment.sizeBytes, baseOffset: segment.baseOffset }
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
  const found = findRecord(batch, header, timestampMs, offsetMin)
  return found === null ? null : { ...found, leaderEpoch: header.leaderEpoch }
}

/** Position of the batch where the search begins, as the time index tells; null when the segment has nothing from there on. */
function* startFor(log: LogState, segment: Segment, timestampMs: number): Steps<number | null> {
  const { indexIntervalBytes } = log.config
  let entry = yield* segment.timeIndex.floor(timestampMs, COLD)
  if (entry !== null && !(yield* isGenuine(log, segment, entry))) {
    yield* rebuildIndexes(segment, indexIntervalBytes, COLD)
    entry = yield* segment.timeIndex.floor(timestampMs, COLD)
  }
  const offset = Math.max(entry?.offset ?? segment.baseOffset, log.logStart)
  return (yield* locate(segment, offset, indexIntervalBytes, COLD))?.position ?? null
}

/** True when the batch that ends at the entry's offset has its timestamp. */
function* isGenuine(log: LogState, segment: Segment, entry: TimestampOffset): Steps<boolean> {
  return (yield* batchOf(log, segment, entry)) !== null
}

/** The batch an entry of the time index is about; null when there is no such batch. */
function* batchOf(
  log: LogState,
  segment: Segment,
  { timestampMs, offset }: TimestampOffset,
): Steps<Located | null> {
  if (offset < segment.baseOffset || offset >= offsetEndOfSegment(log, segment)) return null
  const batch = yield* locate(segment, offset, log.config.indexIntervalBytes, COLD)
  const isIt = batch !== null && batch.lastOffset === offset && batch.maxTimestamp === timestampMs
  return isIt ? batch : null
}

/**
 * Once per segment and process: is the last entry of the time index true, and the largest of the segment? Otherwise lookups would pass over the
 * segment and retention would remove it too early; it is made anew.
 */
function* checkTimeIndex(log: LogState, segment: Segment): Steps<void> {
  if (segment.timesTrusted || segment.sizeBytes === 0) return
  const last = yield* segment.timeIndex.last(COLD)
  // The active segment keeps its largest timestamp in memory, and its index may be behind.
  const isActive = segment === log.segments.at(-1)
  const isTrue = last === null ? isActive : yield* isLargest(log, segment, last, isActive)
  if (!isTrue) yield* rebuildIndexes(segment, log.config.indexIntervalBytes, COLD)
  segment.timesTrusted = true
}

/** Reads the headers from the entry's batch to the end of the segment: not many, where time goes forward. */
function* isLargest(
  log: LogState,
  segment: Segment,
  entry: TimestampOffset,
  isActive: boolean,
): Steps<boolean> {
  const batch = yield* batchOf(log, segment, entry)
  if (batch === null || isActive) return batch !== null
  const { baseOffset, log: file, sizeBytes: end } = segment
  const range = { file, from: batch.position, end, baseOffset }
  const scan = yield* scanBatches(
    range,
    { verify: false, hot: COLD },
    ({ maxTimestamp }) => maxTimestamp <= entry.timestampMs,
  )
  return scan.problem === null && scan.position === end
}
