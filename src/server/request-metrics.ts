import type { Metrics, Sample } from '../io/index.ts'
import type { Api } from '../protocol/index.ts'

interface ApiFigures {
  readonly name: string
  count: number
  totalMs: number
}

/** Counts and times of requests by API: plain numbers on the hot path, read when somebody looks. */
export class RequestMetrics {
  readonly #figures = new Map<number, ApiFigures>()

  constructor(metrics: Metrics) {
    metrics.register({
      name: 'kafka_network_requestmetrics_requests_total',
      help: 'Requests answered, by API',
      kind: 'counter',
      collect: () => this.#collect((figures) => figures.count),
    })
    metrics.register({
      name: 'kafka_network_requestmetrics_totaltimems_sum',
      help: 'Milliseconds from the last byte of a request to its answer, added up by API',
      kind: 'counter',
      collect: () => this.#collect((figures) => figures.totalMs),
    })
  }

  observe(api: Api, elapsedMs: number): void {
    let figures = this.#figures.get(api.key)
    if (figures === undefined) {
      figures = { name: api.name, count: 0, totalMs: 0 }
      this.#figures.set(api.key, figures)
    }
    figures.count += 1
    figures.totalMs += elapsedMs
  }

  *#collect(value: (figures: ApiFigures) => number): Iterable<Sample> {
    for (const figures of this.#figures.values()) {
      yield { labels: { request: figures.name }, value: value(figures) }
    }
  }
}
