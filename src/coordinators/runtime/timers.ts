import type { Clock, Timer } from '../../io/index.ts'

interface Entry<Event> {
  deadlineMs: number
  event: Event
  /** When the armed timer fires: at the deadline or before it. */
  armedForMs: number
  timer: Timer
}

/**
 * Named timers, each with the event it brings. A timer that is put off again and again, as heartbeats do, is not armed anew each time: it
 * fires once, sees that its deadline has moved, and sleeps on.
 */
export class TimerSet<Event> {
  readonly #clock: Clock
  readonly #onEvent: (event: Event) => void
  readonly #entries = new Map<string, Entry<Event>>()

  constructor(clock: Clock, onEvent: (event: Event) => void) {
    this.#clock = clock
    this.#onEvent = onEvent
  }

  get count(): number {
    return this.#entries.size
  }

  schedule(key: string, delayMs: number, event: Event): void {
    const deadlineMs = this.#clock.monotonicMs() + delayMs
    const known = this.#entries.get(key)
    if (known !== undefined && known.armedForMs <= deadlineMs) {
      known.deadlineMs = deadlineMs
      known.event = event
      return
    }
    known?.timer.cancel()
    const timer = this.#clock.after(delayMs, () => this.#fired(key))
    this.#entries.set(key, { deadlineMs, event, armedForMs: deadlineMs, timer })
  }

  cancel(key: string): void {
    this.#entries.get(key)?.timer.cancel()
    this.#entries.delete(key)
  }

  cancelAll(): void {
    for (const { timer } of this.#entries.values()) timer.cancel()
    this.#entries.clear()
  }

  #fired(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    const remainingMs = entry.deadlineMs - this.#clock.monotonicMs()
    if (remainingMs > 0) {
      entry.armedForMs = entry.deadlineMs
      entry.timer = this.#clock.after(remainingMs, () => this.#fired(key))
      return
    }
    this.#entries.delete(key)
    this.#onEvent(entry.event)
  }
}
