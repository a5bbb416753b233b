import { DamagedLog, LogError } from './errors.ts'
import { offsetEndOfSegment } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { countExpired } from './retention.ts'
import type { SegmentFacts } from './retention.ts'
import type { Segment } from './segment.ts'
import { runLater } from './steps.ts'
import { segmentTimestamp } from './timestamps.ts'
import { dropSegments } from './truncate.ts'

/** Removes what retention lets go; returns how many segments went. Rejects with LogError. */
export async function retain(log: LogState, nowMs: number): Promise<number> {
  for (const segment of log.segments) await learnTimestamp(log, segment)
  if (log.closed) return 0
  const { logStart, highWatermark, config } = log
  const facts = log.segments.map((segment) => factsOf(log, segment))
  const count = countExpired(facts, { logStart, highWatermark, nowMs }, config)
  await dropSegments(log, log.segments.slice(0, count))
  return count
}

/** Afterwards the segment knows its largest timestamp, unless it cannot be read. */
async function learnTimestamp(log: LogState, segment: Segment): Promise<void> {
  try {
    await runLater(segmentTimestamp(log, segment))
  } catch (error) {
    const failure = error instanceof DamagedLog ? error : log.env.failed(error)
    if (failure instanceof LogError && failure.code !== 'UNREADABLE') throw failure
  }
}

/** A segment without timestamps, or with unreadable ones, has the time of its file. */
function factsOf(log: LogState, segment: Segment): SegmentFacts {
  const { sizeBytes, largestKnown } = segment
  const known = largestKnown?.timestampMs ?? -1
  const timestampMs = known >= 0 ? known : segment.modifiedMs()
  return { sizeBytes, offsetEnd: offsetEndOfSegment(log, segment), timestampMs }
}
