/**
 * Finding the batch that holds an offset. The index is a hint: what it says is held against the batch it points to, and where it is wrong or too
 * sparse it is made anew from the log.
 */
import { BATCH_HEADER_SIZE } from '../records/index.ts'
import type { BatchHeader } from '../records/index.ts'
import { DamagedLog } from './errors.ts'
import type { OffsetPosition } from './offset-index.ts'
import { findNextBatch } from './resync.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import type { Steps } from './steps.ts'
import type { TimestampOffset } from './time-index.ts'

/** Batches between two index entries are mostly found in one read of this size. */
const SEARCH_BYTES = 8 * 1024
/** A search that walks further has too sparse an index. Kafka's followers index once per fetch, so that some megabytes are in order. */
const WALK_BYTES_MAX = 16 * 1024 * 1024

/** A batch in a segment file. */
export interface Located {
  readonly position: number
  readonly sizeBytes: number
  readonly lastOffset: number
  readonly maxTimestamp: number
}

/**
 * The first batch that ends after `offset`; null when the segment ends before.
 *
 * @throws DamagedLog where the log itself is damaged on the way
 */
export function* locate(
  segment: Segment,
  offset: number,
  indexIntervalBytes: number,
  hot: boolean,
): Steps<Located | null> {
  let start = yield* startFor(segment, offset, hot)
  let walk = yield* walkTo(segment, start, offset, hot)
  if (walk.problem !== null && !segment.indexTrusted) {
    yield* rebuildIndexes(segment, indexIntervalBytes, hot)
    segment.indexTrusted = true
    start = yield* startFor(segment, offset, hot)
    walk = yield* walkTo(segment, start, offset, hot)
  }
  // Behind damage only an index entry leads on.
  if (walk.problem !== null) walk = (yield* throughNextEntry(segment, offset, hot)) ?? walk
  if (walk.problem === null) return walk.found
  throw new DamagedLog(offset, walk.position, walk.problem)
}

/** The walk that begins at the next index entry, if it finds the offset in the very batch the entry points to. */
function* throughNextEntry(segment: Segment, offset: number, hot: boolean): Steps<Walk | null> {
  const entry = yield* segment.offsetIndex.ceiling(offset, hot)
  if (entry === null) return null
  const walk = yield* walkTo(segment, entry.position, offset, hot)
  return walk.problem === null && walk.found?.position === entry.position ? walk : null
}

/** Where the index says to begin; 0 without an entry that could be right. */
function* startFor(segment: Segment, offset: number, hot: boolean): Steps<number> {
  const entry = yield* segment.offsetIndex.floor(offset, hot)
  const position = entry?.position ?? 0
  return position > 0 && position + BATCH_HEADER_SIZE <= segment.sizeBytes ? position : 0
}

interface Walk {
  readonly found: Located | null
  readonly position: number
  /** The index was wrong, or the log is damaged. */
  readonly problem: string | null
}

function* walkTo(segment: Segment, from: number, offset: number, hot: boolean): Steps<Walk> {
  let found: Located | null = null
  let problem: string | null = null
  const range = {
    file: segment.log,
    from,
    end: segment.sizeBytes,
    baseOffset: segment.baseOffset,
  }
  const options = { verify: false, hot, chunkBytes: SEARCH_BYTES }
  const end = yield* scanBatches(range, options, (header, position) => {
    const lastOffset = header.baseOffset + header.lastOffsetDelta
    if (position === from && from > 0 && header.baseOffset > offset) {
      problem = `the index points to offset ${header.baseOffset}`
    } else if (lastOffset >= offset) {
      const { sizeBytes, maxTimestamp } = header
      found = { position, sizeBytes, lastOffset, maxTimestamp }
    } else if (position - from > WALK_BYTES_MAX && !segment.indexTrusted) {
      problem = 'the index has no entry near'
    } else {
      return true
    }
    return false
  })
  return { found, position: end.position, problem: problem ?? end.problem }
}

/** What the indexes of a segment should hold. */
export interface IndexContents {
  readonly offsets: OffsetPosition[]
  readonly times: TimestampOffset[]
  /** Where the batch of the last entry in `offsets` begins. */
  readonly indexedPosition: number
}

/** Makes offset and time index anew from the headers in the log, past damage in it. */
export function* rebuildIndexes(
  segment: Segment,
  indexIntervalBytes: number,
  hot: boolean,
): Steps<void> {
  const { baseOffset, log: file } = segment
  const offsets: OffsetPosition[] = []
  const times: TimestampOffset[] = []
  let indexedPosition = 0
  let largest: TimestampOffset = { timestampMs: -1, offset: baseOffset }
  const noteLargest = (): void => {
    if (largest.timestampMs > (times.at(-1)?.timestampMs ?? -1)) times.push(largest)
  }
  const note = (header: BatchHeader, position: number): boolean => {
    const offset = header.baseOffset + header.lastOffsetDelta
    const timestampMs = header.maxTimestamp
    if (timestampMs > largest.timestampMs) largest = { timestampMs, offset }
    if (position - indexedPosition > indexIntervalBytes) {
      offsets.push({ offset, position })
      noteLargest()
      indexedPosition = position
    }
    return true
  }
  let from = 0
  let offsetMin = baseOffset
  // Batches may be appended while this waits for the disk: go on until nothing is left, then change over at once.
  while (from < segment.sizeBytes) {
    const range = { file, from, end: segment.sizeBytes, baseOffset, offsetMin }
    const end = yield* scanBatches(range, { verify: false, hot }, note)
    from = end.position
    offsetMin = end.offsetEnd
    if (end.problem === null) continue
    from = (yield* findNextBatch({ ...range, from: from + 1, offsetMin })) ?? range.end
    indexedPosition = -Infinity
  }
  noteLargest()
  segment.replaceIndexes({ offsets, times, indexedPosition })
}
