import type { Clock } from '../io/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { Acks, Partition } from './partition.ts'
import type { CommitOutcome } from './waiting.ts'

/** One append whose acknowledgement is still due. */
export interface PendingAck {
  readonly partition: Partition
  readonly acks: Acks
  readonly offsetEnd: number
  /** Called once, before the promise of {@link awaitAcks} resolves, with 0 or the error code. */
  done(errorCode: number): void
}

/**
 * Resolves when every append is acknowledged, has failed, or `timeoutMs` has passed. After the time-out the records stay in the log and may
 * still be committed: REQUEST_TIMED_OUT says "unknown".
 */
export function awaitAcks(
  clock: Clock,
  pending: readonly PendingAck[],
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const open = new Set(pending)
    const settle = (ack: PendingAck, errorCode: number): void => {
      if (!open.delete(ack)) return
      ack.done(errorCode)
      if (open.size > 0) return
      timer.cancel()
      resolve()
    }
    const timer = clock.after(Math.max(0, timeoutMs), () => {
      for (const ack of open) settle(ack, errorCodes.REQUEST_TIMED_OUT)
    })
    for (const ack of pending) {
      const { committed, durable } = ack.partition
      const waiters = ack.acks === -1 ? committed : durable
      waiters.add(ack.offsetEnd, (outcome) => settle(ack, errorOfOutcome(ack, outcome)))
    }
  })
}

function errorOfOutcome({ partition, acks }: PendingAck, outcome: CommitOutcome): number {
  if (outcome !== 'committed')
    return outcome === 'storageFailed'
      ? errorCodes.KAFKA_STORAGE_ERROR
      : errorCodes.NOT_LEADER_OR_FOLLOWER
  const { isrCount, minInsyncReplicas } = partition.assignment
  return acks === -1 && isrCount < minInsyncReplicas
    ? errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND
    : 0
}
