/** What is done for all logs from time to time: recovery of those that nobody uses, retention, expiry of producers. */
import type { Clock, Telemetry, Timer } from '../io/index.ts'
import { LogError } from './errors.ts'
import type { PartitionLog } from './partition-log.ts'

/** After an unclean stop the logs in use are recovered at once; the others follow when the start is over. */
const RECOVERY_DELAY_MS = 2000
/** As Kafka's `log.initial.task.delay.ms`. */
const FIRST_RETENTION_MS = 30_000
/** How far the wall clock may run ahead of the monotonic one before retention stops believing it. */
const CLOCK_SLACK_MS = 60_000

export interface HousekeepingOptions {
  readonly logs: () => Iterable<PartitionLog>
  readonly retentionCheckIntervalMs: number
  readonly producerExpirationMs: number
}

export class Housekeeping {
  readonly #clock: Clock
  readonly #telemetry: Telemetry
  readonly #options: HousekeepingOptions
  readonly #startWallMs: number
  readonly #startMonotonicMs: number
  readonly #timers = new Set<Timer>()
  #work: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(
    deps: { readonly clock: Clock; readonly telemetry: Telemetry },
    options: HousekeepingOptions,
  ) {
    this.#clock = deps.clock
    this.#telemetry = deps.telemetry
    this.#options = options
    this.#startWallMs = deps.clock.wallMs()
    this.#startMonotonicMs = deps.clock.monotonicMs()
  }

  start(recover: boolean): void {
    if (recover) this.#after(RECOVERY_DELAY_MS, () => this.#eachLog((log) => log.load()))
    const { retentionCheckIntervalMs } = this.#options
    this.#after(Math.min(FIRST_RETENTION_MS, retentionCheckIntervalMs), () => this.#retainAll())
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    await this.#work
  }

  /**
   * Wall clock as far as it is believed: a jump forward must not delete what is young. It may be behind, and then deletion is late.
   */
  nowMs(): number {
    const expected = this.#startWallMs + (this.#clock.monotonicMs() - this.#startMonotonicMs)
    return Math.min(this.#clock.wallMs(), expected + CLOCK_SLACK_MS)
  }

  async #retainAll(): Promise<void> {
    const { retentionCheckIntervalMs, producerExpirationMs } = this.#options
    const seenMsMin = this.#clock.monotonicMs() - producerExpirationMs
    await this.#eachLog(async (log) => {
      log.expireProducers(seenMsMin)
      const count = await log.retain(this.nowMs())
      if (count === 0) return
      const message = `${log.topic}-${log.partition}: retention removed ${count} segments; the log starts at ${log.logStart}`
      this.#telemetry.log('info', 'log.retention', message)
    })
    this.#after(retentionCheckIntervalMs, () => this.#retainAll())
  }

  /** One after another, with a turn of the loop for others in between. */
  async #eachLog(work: (log: PartitionLog) => Promise<unknown>): Promise<void> {
    for (const log of this.#options.logs()) {
      if (this.#stopped) return
      try {
        await work(log)
      } catch (error) {
        if (!(error instanceof LogError)) throw error
        // A deleted log has nothing to keep house for; a failed dir has been reported.
        if (error.code !== 'CLOSED' && error.code !== 'FAILED') {
          this.#telemetry.log('warn', 'log.housekeeping.failed', error.message, {
            code: error.code,
          })
        }
      }
      await new Promise<void>((resolve) => this.#clock.soon(resolve))
    }
  }

  #after(delayMs: number, work: () => Promise<void>): void {
    if (this.#stopped) return
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer)
      this.#work = this.#work.then(work)
    })
    this.#timers.add(timer)
  }
}
