import type { Clock } from '../io/index.ts'

/** Requests start for so long before everything else gets a turn: timers, disks, other connections. */
const TURN_MS = 8

/**
 * Shares the event loop among the connections. One read can bring hundreds of requests, and hundreds of connections can be ready at once: without
 * a limit they would all be handled before the loop comes round.
 */
export class Turns {
  readonly #clock: Clock
  #endMs = 0
  #isOpen = false
  #waiting: Array<() => void> = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** False: this turn is over; {@link wait} for another. */
  mayGoOn(): boolean {
    const nowMs = this.#clock.monotonicMs()
    if (!this.#isOpen) {
      this.#isOpen = true
      this.#endMs = nowMs + TURN_MS
      this.#clock.soon(() => this.#next())
    }
    return nowMs < this.#endMs
  }

  /** Calls `resume` in a later turn, in the order of the calls. */
  wait(resume: () => void): void {
    this.#waiting.push(resume)
  }

  #next(): void {
    this.#isOpen = false
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    let count = 0
    while (count < waiting.length && this.mayGoOn()) (waiting[count++] as () => void)()
    // Who had no turn comes before those who want another.
    if (count < waiting.length) this.#waiting = waiting.slice(count).concat(this.#waiting)
  }
}
