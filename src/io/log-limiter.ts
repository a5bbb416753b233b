import type { Clock } from './clock.ts'
import type { LogFields, LogLevel, Telemetry } from './telemetry.ts'

/** Keys told apart at one time. Beyond it they share one window, so that an attacker with many addresses cannot fill the memory or the log. */
const KEYS_MAX = 1_000
const OVERFLOW_KEY = ''

interface Window {
  suppressed: number
  last: (() => void) | null
}

/**
 * Log lines about what a peer can repeat at will: one line per key and window. When a window ends in which lines were kept back, the last
 * of them is written with the number of all of them in the field `suppressed`.
 */
export class LogLimiter {
  readonly #telemetry: Telemetry
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #windows = new Map<string, Window>()

  constructor(telemetry: Telemetry, clock: Clock, windowMs = 10_000) {
    this.#telemetry = telemetry
    this.#clock = clock
    this.#windowMs = windowMs
  }

  /** `key` says what counts as the same: by default the event; add the peer's address to have a line for each peer. */
  log(level: LogLevel, event: string, message: string, fields: LogFields = {}, key = event): void {
    const known = this.#windows.has(key) || this.#windows.size < KEYS_MAX
    const slot = known ? key : OVERFLOW_KEY
    const window = this.#windows.get(slot)
    if (window === undefined) {
      this.#telemetry.log(level, event, message, fields)
      this.#open(slot)
      return
    }
    window.suppressed += 1
    window.last = () =>
      this.#telemetry.log(level, event, message, { ...fields, suppressed: window.suppressed })
  }

  #open(slot: string): void {
    const window: Window = { suppressed: 0, last: null }
    this.#windows.set(slot, window)
    this.#clock.after(this.#windowMs, () => {
      this.#windows.delete(slot)
      if (window.last === null) return
      window.last()
      this.#open(slot)
    })
  }
}
