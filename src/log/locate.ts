/**
 * Finding the batch that holds an offset. The index is a hint: what it says is held against the batch it points to, and where it is wrong or too sparse it is
 * made anew from the log.
 */
import type { BatchHeader } from '../records/index.ts'
import { DamagedLog } from './errors.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import type { Steps } from './steps.ts'

/** Batches between two index entries are mostly found in one read of this size. */
const SEARCH_BYTES = 8 * 1024
/** A search that walks further has a sparse index before it: Kafka's followers index once per fetch, at most. */
const WALK_BYTES_MAX = 16 * 1024 * 1024

/**
 * The header of the first batch that ends after `offset`, with its position in the file; null when the segment ends before.
 *
 * @throws DamagedLog where the log itself is damaged on the way
 */
export function* locate(
  segment: Segment,
  offset: number,
  indexIntervalBytes: number,
  hot: boolean,
): Steps<BatchHeader | null> {
  const entry = yield* segment.offsetIndex.floor(offset, hot)
  if (entry !== null && isPlausible(segment, entry.position)) {
    const walk = yield* walkTo(segment, entry.position, offset, hot)
    const trusted = segment.indexTrusted || walk.position - entry.position <= WALK_BYTES_MAX
    if (walk.problem === null && trusted) return walk.found
    if (segment.indexTrusted) throw new DamagedLog(offset, walk.position, walk.problem ?? '')
  } else if (entry === null && (segment.indexTrusted || segment.sizeBytes <= WALK_BYTES_MAX)) {
    const walk = yield* walkTo(segment, 0, offset, hot)
    if (walk.problem === null) return walk.found
    throw new DamagedLog(offset, walk.position, walk.problem)
  }
  yield* rebuildIndexes(segment, indexIntervalBytes, hot)
  segment.indexTrusted = true
  const walk = yield* walkTo(segment, 0, offset, hot)
  if (walk.problem === null) return walk.found
  throw new DamagedLog(offset, walk.position, walk.problem)
}
