/**
 * Settles the logs of one log dir in the background, so that little is left to verify after a crash whatever the logs' sizes: a log with much unsettled at once, the
 * largest when all together have much, each after a while, and each in time for its `flush.ms`.
 */
import type { Clock, Timer } from '../io/index.ts'
import type { LogState } from './log-state.ts'

/** Recovery reads about 2 GB/s from the page cache. */
const LOG_BYTES_MAX = 64 * 1024 * 1024
const DIR_BYTES_MAX = 256 * 1024 * 1024
const AGE_MS_MAX = 5000
const TICK_MS = 250
/** So many logs are settled a tick because of their age: ten thousand that are written once must not take the disk for themselves. */
const AGED_PER_TICK = 4
/** After a failed attempt (a full disk) the log waits for its turn by age again. */
const WORKERS = 2

export class Flusher {
  readonly #clock: Clock
  /** Logs with something to settle, in the order in which they came. */
  readonly #dirty = new Set<LogState>()
  readonly #urgent = new Set<LogState>()
  #workers = 0
  #timer: Timer | null = null
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wants(log: LogState): void {
    if (this.#closed) return
    this.#dirty.add(log)
    this.#timer ??= this.#clock.after(TICK_MS, () => this.#tick())
    if (log.unsettledBytes >= LOG_BYTES_MAX) this.#hurry(log)
  }

  /** Nothing is begun any more. */
  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#timer = null
    this.#dirty.clear()
    this.#urgent.clear()
  }

  #tick(): void {
    this.#timer = null
    const nowMs = this.#clock.monotonicMs()
    let sumBytes = 0
    let aged = 0
    let largest: LogState | null = null
    for (const log of this.#dirty) {
      if (log.closed || log.dirtySinceMs === null) {
        this.#dirty.delete(log)
        continue
      }
      sumBytes += log.unsettledBytes
      if (log.unsettledBytes > (largest?.unsettledBytes ?? 0)) largest = log
      const ageMs = nowMs - log.dirtySinceMs
      if (ageMs >= log.config.flushMs) {
        this.#hurry(log)
      } else if (ageMs >= AGE_MS_MAX && aged < AGED_PER_TICK) {
        aged += 1
        this.#hurry(log)
      }
    }
    if (sumBytes >= DIR_BYTES_MAX && largest !== null) this.#hurry(largest)
    if (this.#dirty.size > 0) this.#timer = this.#clock.after(TICK_MS, () => this.#tick())
  }

  #hurry(log: LogState): void {
    this.#urgent.add(log)
    if (this.#workers >= WORKERS) return
    this.#workers += 1
    void this.#work()
  }

  async #work(): Promise<void> {
    for (;;) {
      const log = this.#urgent.values().next().value
      if (log === undefined) break
      this.#urgent.delete(log)
      if (log.closed || log.settling) continue
      try {
        await log.flush.settle()
      } catch {
        // A failed dir has said so to everybody. A full disk leaves the log dirty: its next turn comes by age.
        log.dirtySinceMs = this.#clock.monotonicMs()
        continue
      }
      if (log.dirtySinceMs === null) this.#dirty.delete(log)
    }
    this.#workers -= 1
  }
}
