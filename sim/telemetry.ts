import { MetricRegistry } from '../src/io/index.ts'
import type { LogFields, LogLevel, Telemetry } from '../src/io/index.ts'
import type { SimProcess } from './process.ts'

export interface LogLine {
  /** True time. */
  readonly atMs: number
  readonly level: LogLevel
  readonly event: string
  readonly message: string
  readonly fields: LogFields
}

const LINES_MAX = 5_000

/** Keeps the last log lines of a process for those who test, and makes each a part of the trace. */
export class SimTelemetry implements Telemetry {
  readonly metrics = new MetricRegistry()
  readonly #process: SimProcess
  readonly #lines: LogLine[] = []

  constructor(process: SimProcess) {
    this.#process = process
  }

  /** The last lines, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines.slice(-LINES_MAX)
  }

  log(level: LogLevel, event: string, message: string, fields: LogFields = {}): void {
    const { world, name, isDead } = this.#process
    if (isDead) return
    world.note(`log ${name} ${level} ${event} ${message} ${JSON.stringify(fields)}`)
    this.#lines.push({ atMs: world.nowMs, level, event, message, fields })
    if (this.#lines.length >= 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX)
  }
}
