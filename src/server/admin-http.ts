/**
 * The HTTP side of a node: health for orchestrators, metrics for Prometheus. Loaded by the composition root after the Kafka listeners are
 * open, so that it costs no start-up time.
 */
import { Hono } from 'hono'
import type { Metrics } from '../io/index.ts'
import { metricsText } from './metrics-text.ts'

export interface NodeHealth {
  /** True when the node serves clients: metadata loaded, listeners open, not stopping, a log dir works. */
  readonly isReady: boolean
  /** Why not; null when it is. */
  readonly reason: string | null
}

/** The HTTP application as a function from request to response; it opens nothing by itself. */
export function adminHttp(
  metrics: Metrics,
  health: () => NodeHealth,
): (request: Request) => Response | Promise<Response> {
  const app = new Hono()
  app.get('/health/live', (context) => context.json({ status: 'live' }))
  app.get('/health/ready', (context) => {
    const { isReady, reason } = health()
    return isReady
      ? context.json({ status: 'ready' })
      : context.json({ status: 'not ready', reason }, 503)
  })
  app.get('/metrics', (context) => {
    context.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
    return context.body(metricsText(metrics))
  })
  app.notFound((context) =>
    context.json({ error: 'Not found. Served are /health/live, /health/ready and /metrics' }, 404),
  )
  return (request) => app.fetch(request)
}
