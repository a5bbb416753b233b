/** What a node says about itself: log lines now, metrics when asked. */
export interface Telemetry {
  /**
   * One log line. `event` is a short stable name (`listener.started`), `fields` its data, `message` the sentence for people.
   */
  log(level: LogLevel, event: string, message: string, fields?: LogFields): void
  readonly metrics: Metrics
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** A registry of sources. Rooms keep plain numbers; they are read only when somebody looks. */
export interface Metrics {
  /** Registers a metric whose samples are collected on demand. Names are Prometheus names. Returns a function that removes it. */
  register(metric: Metric): () => void
  /** All registered metrics. */
  all(): Iterable<Metric>
}

export interface Metric {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge' | 'summary'
  collect(): Iterable<Sample>
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
  /** Appended to the metric's name: `_sum`, `_count`; only for summaries. */
  readonly suffix?: string
}
