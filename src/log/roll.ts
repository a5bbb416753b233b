import { activeSegment } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { Segment } from './segment.ts'

/**
 * Seals the active segment and begins a new one at `baseOffset` (the log end, or beyond it for a follower of a compacted log). The producers are snapshotted there, so
 * that recovery of the new segment need not read the old ones. The flusher then settles what was sealed.
 */
export function rollTo(log: LogState, baseOffset: number): Segment {
  const { env, config } = log
  activeSegment(log).seal()
  const segment = newSegment(log, baseOffset)
  try {
    segment.create(config, env.entropy.random())
    log.snapshots.write(baseOffset, log.producers)
  } catch (error) {
    // Smaller batches may still go to the old segment: no file may claim the offsets they get.
    segment.discard()
    throw error
  }
  log.unsnapshottedBytes = 0
  log.segments = [...log.segments, segment]
  log.entriesUnsynced = true
  log.touched = true
  if (log.unsettledBytes > 0) env.wantsSettling(log)
  return segment
}

/** A segment whose files are made when it is first written. */
export function newSegment(log: LogState, baseOffset: number): Segment {
  const { env, path } = log
  const segment = new Segment(env.files, path, baseOffset, env.clock.wallMs())
  segment.indexTrusted = true
  return segment
}
