/** Requests parked on a partition until the log has moved far enough. Nothing here polls. */

export type CommitOutcome = 'committed' | 'leadershipLost' | 'storageFailed'

/**
 * Produce requests that wait for an end (the high watermark, or the durable end) to pass what they appended. Appends happen in offset
 * order, so the waiting list is a queue and waking up is proportional to what wakes up.
 */
export class CommitWaiters {
  readonly #offsetEnds: number[] = []
  readonly #callbacks: Array<(outcome: CommitOutcome) => void> = []

  get count(): number {
    return this.#offsetEnds.length
  }

  /** Calls `done` once: when {@link advance} reaches `offsetEnd` or {@link fail} gives up. */
  add(offsetEnd: number, done: (outcome: CommitOutcome) => void): void {
    this.#offsetEnds.push(offsetEnd)
    this.#callbacks.push(done)
  }

  advance(end: number): void {
    let count = 0
    while (count < this.#offsetEnds.length && (this.#offsetEnds[count] as number) <= end) count += 1
    if (count > 0) this.#wake(count, 'committed')
  }

  /** What was appended may be lost, with the leadership or with the disk: nobody may be told that it is committed. */
  fail(outcome: Exclude<CommitOutcome, 'committed'>): void {
    this.#wake(this.#callbacks.length, outcome)
  }

  #wake(count: number, outcome: CommitOutcome): void {
    this.#offsetEnds.splice(0, count)
    for (const done of this.#callbacks.splice(0, count)) done(outcome)
  }
}

/** Fetch requests that wait for bytes, possibly on many partitions at once. */
export class DataWaiters {
  readonly #listeners = new Set<(newBytes: number) => void>()

  get count(): number {
    return this.#listeners.size
  }

  /** @param listener called with the bytes that have become visible. Returns a function that ends the waiting. */
  add(listener: (newBytes: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  notify(newBytes: number): void {
    if (this.#listeners.size === 0) return
    for (const listener of this.#listeners) listener(newBytes)
  }
}
