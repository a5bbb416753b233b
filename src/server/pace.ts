import type { Clock } from '../io/index.ts'

/** How long a request may work before others have a turn of the event loop. */
const TURN_MS = 8

/** Paces a request of many steps: between two of them it asks whether it is tired, and then rests. */
export class Pace {
  readonly #clock: Clock
  #endMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#endMs = clock.monotonicMs() + TURN_MS
  }

  /** True when everything else should have a turn. */
  get isTired(): boolean {
    return this.#clock.monotonicMs() >= this.#endMs
  }

  /** Resolves in a later turn of the loop. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.soon(resolve))
    this.#endMs = this.#clock.monotonicMs() + TURN_MS
  }

  /** `step` on each item in order, with a rest wherever it is due. */
  async map<T, R>(items: readonly T[], step: (item: T) => R | Promise<R>): Promise<R[]> {
    const results: R[] = []
    for (const item of items) {
      if (this.isTired) await this.rest()
      const result = step(item)
      results.push(result instanceof Promise ? await result : result)
    }
    return results
  }
}
