import type { Clock } from '../io/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { Acks } from './leader.ts'
import type { Partition } from './partition.ts'
import type { CommitOutcome } from './waiting.ts'

/** One append whose acknowledgement is due. */
export interface PendingAck {
  readonly partition: Partition
  readonly acks: Acks
  readonly offsetEnd: number
  /** Called at most once, before {@link PendingAcks.settled} resolves, with 0 or the error code. */
  done(errorCode: number): void
}

/**
 * The appends of one request that are not acknowledged yet. Each waits from its append on, also while the request still appends to other partitions:
 * what comes true in between is not missed, and appends of several requests wait in the order of their offsets.
 */
export class PendingAcks {
  readonly #open = new Set<PendingAck>()
  #onSettled: () => void = () => {}

  get count(): number {
    return this.#open.size
  }

  /** To be called in the same turn of the loop as the append. */
  add(ack: PendingAck): void {
    this.#open.add(ack)
    const { committed, durable } = ack.partition
    const waiters = ack.acks === -1 ? committed : durable
    waiters.add(ack.offsetEnd, (outcome) => this.#settle(ack, errorOfOutcome(ack, outcome)))
  }

  /**
   * Resolves when every append is acknowledged, has failed, or `timeoutMs` has passed. After the time-out the records stay in the log and may
   * still be committed: REQUEST_TIMED_OUT says "unknown".
   */
  settled(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = clock.after(Math.max(0, timeoutMs), () => {
        for (const ack of this.#open) this.#settle(ack, errorCodes.REQUEST_TIMED_OUT)
      })
      this.#onSettled = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  #settle(ack: PendingAck, errorCode: number): void {
    if (!this.#open.delete(ack)) return
    ack.done(errorCode)
    if (this.#open.size === 0) this.#onSettled()
  }
}

function errorOfOutcome({ partition, acks }: PendingAck, outcome: CommitOutcome): number {
  if (outcome !== 'committed')
    return outcome === 'storageFailed'
      ? errorCodes.KAFKA_STORAGE_ERROR
      : errorCodes.NOT_LEADER_OR_FOLLOWER
  const isShort = acks === -1 && partition.leader?.state.hasEnoughAfterAppend === false
  return isShort ? errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND : 0
}
