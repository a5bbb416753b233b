/** Which segments retention lets go (`retention.ms`, `retention.bytes`, the log start). Pure. */
import type { LogConfig } from './config.ts'

export interface SegmentFacts {
  readonly sizeBytes: number
  /** Offset where its records end (exclusive). */
  readonly offsetEnd: number
  /** Largest timestamp of its records, or when the file was last written if they have none. */
  readonly timestampMs: number
}

export interface LogFacts {
  readonly logStart: number
  readonly highWatermark: number
  readonly nowMs: number
}

/**
 * How many segments at the beginning of the log go. Nothing at or above the high watermark does, and an empty last segment stays. `segments` in ascending order.
 */
export function countExpired(
  segments: readonly SegmentFacts[],
  log: LogFacts,
  config: LogConfig,
): number {
  const { retentionMs, retentionBytes, cleanupDelete } = config
  let excessBytes = -Infinity
  if (cleanupDelete && retentionBytes >= 0) {
    excessBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - retentionBytes
  }
  let count = 0
  for (const segment of segments) {
    const isLast = count === segments.length - 1
    if (segment.offsetEnd > log.highWatermark || (isLast && segment.sizeBytes === 0)) break
    const isOld = cleanupDelete && retentionMs >= 0 && log.nowMs - segment.timestampMs > retentionMs
    const isExcess = excessBytes >= segment.sizeBytes
    const isBeforeStart = !isLast && segment.offsetEnd <= log.logStart
    if (!isOld && !isExcess && !isBeforeStart) break
    excessBytes -= segment.sizeBytes
    count += 1
  }
  return count
}
