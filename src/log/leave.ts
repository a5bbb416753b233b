import { activeSegment, writeEpochs } from './log-state.ts'
import type { LogState } from './log-state.ts'

/** Flushes what is not flushed, and leaves the files as Kafka leaves them at a clean stop. Rejects with LogError. */
export async function leaveInOrder(log: LogState): Promise<void> {
  if (!log.touched) return
  if (log.unsettledBytes > 0 || log.durableEnd < log.logEnd) await log.flush.settle()
  try {
    if (log.epochsStale) writeEpochs(log)
    activeSegment(log).seal()
    if (activeSegment(log).onDisk) log.snapshots.write(log.logEnd, log.producers)
  } catch (error) {
    throw log.env.failed(error)
  }
  log.recoveryPoint = log.logEnd
}
