/** Producer state from the newest snapshot and the batches behind it. */
import { locate } from './locate.ts'
import { segmentAt } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import type { Steps } from './steps.ts'

/** A snapshot knows one batch of each producer, and a client may have five in flight: those in front of it are found in so many bytes. */
const RECALL_BYTES = 4 * 1024 * 1024

/** Replaces the producer state by what it was at `offsetEnd`. */
export function* reloadProducers(log: LogState, offsetEnd: number): Steps<void> {
  const from = yield* loadSnapshot(log, offsetEnd)
  for (const segment of log.segments) {
    if (segment.baseOffset >= offsetEnd || segment.baseOffset + segment.sizeBytes === 0) continue
    const position = yield* positionIn(log, segment, from)
    const range = {
      file: segment.log,
      from: position,
      end: segment.sizeBytes,
      baseOffset: segment.baseOffset,
    }
    yield* scanBatches(range, { verify: false, hot: false }, (header, _position, buffer) => {
      if (header.baseOffset >= offsetEnd) return false
      if (header.producerId < 0 || header.baseOffset < from) return true
      const nowMs = log.env.clock.monotonicMs()
      const txn = log.producers.enter(header, header.baseOffset, buffer, nowMs)
      if (txn !== null) log.producers.complete(txn)
      return true
    })
  }
}

/**
 * Loads the newest snapshot at or below `offsetMax`, and the batches right in front of it that a client may send again.
 *
 * @returns the offset from which batches have to be entered
 */
export function* loadSnapshot(log: LogState, offsetMax: number): Steps<number> {
  const { env, producers, snapshots } = log
  const snapshot = snapshots.read(offsetMax, env.clock.monotonicMs())
  producers.load(snapshot?.entries ?? [])
  // Also what lies before the log start, as long as its segment is there: the live state has seen it too.
  if (snapshot === null) return log.segments[0]?.baseOffset ?? log.logStart
  if (snapshot.entries.length > 0) yield* recall(log, snapshot.offset)
  return snapshot.offset
}

/** Best effort: where the way is damaged, Kafka's memory of one batch has to do. */
function* recall(log: LogState, offset: number): Steps<void> {
  const segment = segmentAt(log, offset)
  if (segment === null) return
  const position = yield* positionIn(log, segment, offset)
  const missing = RECALL_BYTES - position
  const before = segmentAt(log, segment.baseOffset - 1)
  if (missing > 0 && before !== null) {
    yield* recallFrom(log, before, before.sizeBytes - missing, before.sizeBytes)
  }
  yield* recallFrom(log, segment, position - RECALL_BYTES, position)
}

function* recallFrom(log: LogState, segment: Segment, wanted: number, end: number): Steps<void> {
  const from = wanted <= 0 ? 0 : yield* segment.offsetIndex.positionBelow(wanted, false)
  if (from >= end) return
  const range = { file: segment.log, from, end, baseOffset: segment.baseOffset }
  yield* scanBatches(range, { verify: false, hot: false }, (header) => {
    if (header.producerId >= 0) log.producers.recall(header)
    return true
  })
}

/** Where the batch with `offset` lies in the segment: its end when all are smaller, 0 when all are larger or the way there is damaged. */
export function* positionIn(log: LogState, segment: Segment, offset: number): Steps<number> {
  if (offset <= segment.baseOffset) return 0
  try {
    const found = yield* locate(segment, offset, log.config.indexIntervalBytes, false)
    return found?.position ?? segment.sizeBytes
  } catch {
    return 0
  }
}
