import { assert } from '../base/index.ts'
import type { Metric, Metrics } from './telemetry.ts'

/** The plain list behind every {@link Metrics}. */
export class MetricRegistry implements Metrics {
  readonly #metrics = new Map<string, Metric>()

  register(metric: Metric): () => void {
    assert(!this.#metrics.has(metric.name), `Cannot register metric ${metric.name} twice`)
    this.#metrics.set(metric.name, metric)
    return () => {
      if (this.#metrics.get(metric.name) === metric) this.#metrics.delete(metric.name)
    }
  }

  all(): Iterable<Metric> {
    return this.#metrics.values()
  }
}
