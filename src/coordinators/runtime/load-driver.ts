import type { Clock } from '../../io/index.ts'
import { offsetEndOf, wholeBatches } from '../../records/index.ts'
import { applyBatch } from './batches.ts'
import type { Fold } from './batches.ts'
import type { ShardLog } from './shard-log.ts'

/** The loop is given back after this long: a large partition must not hold up its neighbours' heartbeats. */
const SLICE_MS = 5

export interface ReplayOptions {
  readonly clock: Clock
  /** Asked after every pause: true when nobody wants the result any more. */
  readonly mustStop: () => boolean
}

export interface Replayed {
  readonly recordCount: number
  /** Exclusive end of what was applied: the log end at the beginning of the replay. */
  readonly offsetEnd: number
}

/**
 * Applies the whole log, from its start to its end. To the end, not the high watermark: what a new leader's log holds above the high watermark it
 * has just taken over may have been acknowledged by the last one.
 *
 * @returns null when stopped
 * @throws RecordsError, ShardLogError, or an Error of the fold
 */
export async function replayLog(
  log: ShardLog,
  fold: Fold,
  { clock, mustStop }: ReplayOptions,
): Promise<Replayed | null> {
  const offsetEnd = log.logEnd
  let offset = log.logStart
  let recordCount = 0
  let sliceEndMs = clock.monotonicMs() + SLICE_MS
  while (offset < offsetEnd) {
    const chunk = await log.read(offset)
    if (mustStop()) return null
    const chunkStart = offset
    for (const header of wholeBatches(chunk)) {
      if (offsetEndOf(header) <= offset) continue
      recordCount += applyBatch(fold, chunk, header, offset)
      offset = offsetEndOf(header)
      if (clock.monotonicMs() < sliceEndMs) continue
      await new Promise<void>((resolve) => clock.soon(resolve))
      if (mustStop()) return null
      sliceEndMs = clock.monotonicMs() + SLICE_MS
    }
    if (offset === chunkStart) {
      throw new Error(
        `Cannot replay at offset ${offset}: found no whole batch, wanted them up to ${offsetEnd}`,
      )
    }
  }
  return { recordCount, offsetEnd }
}
