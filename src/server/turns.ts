import type { Clock } from '../io/index.ts'

/** Requests are worked on for so long before everything else gets a turn: timers, disks, bytes that arrive. */
const TURN_MS = 8

/**
 * Shares the event loop among the requests. One read can bring hundreds of them, hundreds of connections can be ready at once, and one request can
 * name thousands of partitions: without a limit all that would be done before the loop comes round.
 */
export class Turns {
  readonly #clock: Clock
  #endMs = 0
  #isOpen = false
  /** Those who were called and found the time used up: they come first. */
  #passedOver: Array<() => void> = []
  #waiting: Array<() => void> = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** False: this turn is over; {@link wait} for another. */
  mayGoOn(): boolean {
    // Two, because the rest of the loop's round is not a whole one.
    if (!this.#isOpen) this.#open(2)
    return this.#clock.monotonicMs() < this.#endMs
  }

  /** Calls `resume` in a later turn, in the order of the calls; those who were passed over come first. */
  wait(resume: () => void, isPassedOver = false): void {
    if (!this.#isOpen) this.#open(2)
    if (isPassedOver) this.#passedOver.push(resume)
    else this.#waiting.push(resume)
  }

  #open(macrotasks: number): void {
    this.#isOpen = true
    this.#endMs = this.#clock.monotonicMs() + TURN_MS
    this.#closeAfter(macrotasks)
  }

  #closeAfter(macrotasks: number): void {
    this.#clock.soon(() => {
      if (macrotasks > 1) this.#closeAfter(macrotasks - 1)
      else this.#next()
    })
  }

  #next(): void {
    this.#isOpen = false
    const waiting = [...this.#passedOver, ...this.#waiting]
    if (waiting.length === 0) return
    this.#waiting = []
    this.#passedOver = []
    this.#open(1)
    let count = 0
    while (count < waiting.length && this.mayGoOn()) (waiting[count++] as () => void)()
    if (count < waiting.length) this.#passedOver = [...waiting.slice(count), ...this.#passedOver]
  }
}

/** Paces a request of many steps: between two of them it asks whether it may go on, and if not, rests. */
export class Pace {
  readonly #turns: Turns
  #hasBegun = false
  #isResting = false

  constructor(turns: Turns) {
    this.#turns = turns
  }

  /** Whether there is time for another step. Always for the first: the request would not have been started otherwise. */
  mayGoOn(): boolean {
    const isAllowed = !this.#hasBegun || this.#turns.mayGoOn()
    this.#hasBegun = true
    if (isAllowed) this.#isResting = false
    return isAllowed
  }

  /** Resolves in a later turn. Then ask again: others who rested may have been quicker. */
  rest(): Promise<void> {
    const isPassedOver = this.#isResting
    this.#isResting = true
    return new Promise((resolve) => this.#turns.wait(resolve, isPassedOver))
  }

  /** Resolves in a later turn in which there is time. */
  async turn(): Promise<void> {
    this.#hasBegun = true
    do await this.rest()
    while (!this.mayGoOn())
  }

  /** `step` on each item in order, with a rest wherever it is due. */
  async map<T, R>(items: readonly T[], step: (item: T) => R | Promise<R>): Promise<R[]> {
    const results: R[] = []
    for (const item of items) {
      while (!this.mayGoOn()) await this.rest()
      const result = step(item)
      results.push(result instanceof Promise ? await result : result)
    }
    return results
  }
}
