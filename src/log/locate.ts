/**
 * Finding the batch that holds an offset. The index is a hint: what it says is held against the batch it points to, and where it is wrong or too
 * sparse it is made anew from the log.
 */
import { BATCH_HEADER_SIZE } from '../records/index.ts'
import { DamagedLog } from './errors.ts'
import type { OffsetPosition } from './offset-index.ts'
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
  // Damage in front of the place kept the index from being made anew: the long way may still lead there.
  if (walk.problem !== null && start > 0) walk = yield* walkTo(segment, 0, offset, hot)
  if (walk.problem === null) return walk.found
  throw new DamagedLog(offset, walk.position, walk.problem)
}

/** The largest timestamp of the batches that no index entry lies behind, the last batch among them; null when the index does not lead there. */
export function* newestTimestamp(segment: Segment, hot: boolean): Steps<number | null> {
  const from = yield* startFor(segment, Number.MAX_SAFE_INTEGER, hot)
  const range = { file: segment.log, from, end: segment.sizeBytes, offsetMin: segment.baseOffset }
  let newest: number | null = null
  const { problem } = yield* scanBatches(range, { verify: false, hot }, ({ maxTimestamp }) => {
    newest = Math.max(newest ?? -1, maxTimestamp)
    return true
  })
  return problem === null ? newest : null
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
    offsetMin: segment.baseOffset,
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

/** Makes offset and time index anew from the headers in the log. Where those are damaged the old indexes stay: they may lead past the damage. */
export function* rebuildIndexes(
  segment: Segment,
  indexIntervalBytes: number,
  hot: boolean,
): Steps<void> {
  const offsets: OffsetPosition[] = []
  const times: TimestampOffset[] = []
  let indexedPosition = 0
  let largest: TimestampOffset = { timestampMs: -1, offset: segment.baseOffset }
  let from = 0
  let offsetMin = segment.baseOffset
  const noteLargest = (): void => {
    if (largest.timestampMs > (times.at(-1)?.timestampMs ?? -1)) times.push(largest)
  }
  // Batches may be appended while this waits for the disk: go on until nothing is left, then change over at once.
  while (from < segment.sizeBytes) {
    const range = { file: segment.log, from, end: segment.sizeBytes, offsetMin }
    const end = yield* scanBatches(range, { verify: false, hot }, (header, position) => {
      const offset = header.baseOffset + header.lastOffsetDelta
      const timestampMs = header.maxTimestamp
      if (timestampMs > largest.timestampMs) largest = { timestampMs, offset }
      if (position - indexedPosition > indexIntervalBytes) {
        offsets.push({ offset, position })
        noteLargest()
        indexedPosition = position
      }
      return true
    })
    if (end.problem !== null) return
    from = end.position
    offsetMin = end.offsetEnd
  }
  noteLargest()
  segment.replaceIndexes({ offsets, times, indexedPosition })
}
