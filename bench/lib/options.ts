export interface BenchOptions {
  /** Apache Kafka runs beside. */
  readonly apache: boolean
  readonly rounds: number
  /** Of one run of one load. */
  readonly durationMs: number
}
