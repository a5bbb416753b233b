import type { Clock, Timer } from '../clock.ts'

/** The longest delay that `setTimeout` takes; it runs longer ones at once. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** A timer that never fires early: Node's own may, by up to a millisecond, because it counts from the start of the loop's turn. */
class NodeTimer implements Timer {
  readonly #dueMs: number
  readonly #callback: () => void
  #handle: NodeJS.Timeout

  constructor(delayMs: number, callback: () => void) {
    this.#dueMs = performance.now() + delayMs
    this.#callback = callback
    this.#handle = this.#arm(delayMs)
  }

  #arm(delayMs: number): NodeJS.Timeout {
    return setTimeout(
      () => {
        const leftMs = this.#dueMs - performance.now()
        if (leftMs > 0) this.#handle = this.#arm(leftMs)
        else this.#callback()
      },
      Math.min(Math.max(0, Math.ceil(delayMs)), DELAY_MS_MAX),
    ).unref()
  }

  cancel(): void {
    clearTimeout(this.#handle)
  }
}

export const nodeClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, callback) => new NodeTimer(delayMs, callback),
  soon: (callback) => {
    setImmediate(callback)
  },
}
