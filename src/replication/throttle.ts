/**
 * Limits for the bytes of replicas that are not in sync, so that a reassignment does not take the network from everybody else (KIP-73;
 * `leader.replication.throttled.*` and `follower.replication.throttled.*`). Pure: times are given.
 */

/** A bucket that fills with the rate and holds what is allowed in one second. May be overdrawn: the next waits for it. */
export class ReplicationThrottle {
  readonly #rateOf: () => number
  #bytes = 0
  #atMs = -Infinity

  /** @param rateOf bytes per second, as it is set right now */
  constructor(rateOf: () => number) {
    this.#rateOf = rateOf
  }

  record(bytes: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#bytes -= bytes
  }

  isExceeded(nowMs: number): boolean {
    this.#fill(nowMs)
    return this.#bytes <= 0
  }

  #fill(nowMs: number): void {
    const rate = this.#rateOf()
    // At the beginning it is full.
    const elapsedMs = Math.min(nowMs - this.#atMs, 1e12)
    this.#bytes = Math.min(rate, this.#bytes + (rate * elapsedMs) / 1000)
    this.#atMs = nowMs
  }
}

/** Whether a topic's `*.replication.throttled.replicas` names the replica: `*`, or `partition:broker` among others. */
export function isThrottledReplica(
  list: string | undefined,
  partition: number,
  nodeId: number,
): boolean {
  if (list === undefined || list === '') return false
  return (
    list.trim() === '*' || list.split(',').some((one) => one.trim() === `${partition}:${nodeId}`)
  )
}
