import { assert } from '../../base/index.ts'

/** Somebody waits until the log is committed up to `offsetEnd`. */
export interface Waiting {
  readonly offsetEnd: number
  readonly deadlineMs: number
  /** Called once: 0, or the error code. */
  readonly done: (errorCode: number) => void
}

/** Who waits for which offset, in order of offsets and therefore of deadlines. */
export class CommitQueue {
  #waiting: Waiting[] = []

  get count(): number {
    return this.#waiting.length
  }

  /** When the first waiting entry gives up; null when nobody waits. */
  get nextDeadlineMs(): number | null {
    return this.#waiting[0]?.deadlineMs ?? null
  }

  add(entry: Waiting): void {
    const last = this.#waiting.at(-1)
    assert(last === undefined || last.offsetEnd <= entry.offsetEnd, 'Commits are awaited in order')
    this.#waiting.push(entry)
  }

  /** The log is committed up to `offsetEnd` (exclusive). */
  committed(offsetEnd: number): void {
    const end = this.#waiting.findIndex((entry) => entry.offsetEnd > offsetEnd)
    this.#take(end < 0 ? this.#waiting.length : end, 0)
  }

  /** Gives up on those whose deadline has come. */
  expire(nowMs: number, errorCode: number): void {
    const end = this.#waiting.findIndex((entry) => entry.deadlineMs > nowMs)
    this.#take(end < 0 ? this.#waiting.length : end, errorCode)
  }

  failAll(errorCode: number): void {
    this.#take(this.#waiting.length, errorCode)
  }

  /** The entries leave the queue before they are called: they may add new ones. */
  #take(count: number, errorCode: number): void {
    if (count === 0) return
    for (const { done } of this.#waiting.splice(0, count)) done(errorCode)
  }
}
