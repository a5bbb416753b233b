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

/** What the application shows. */
export interface AdminSources {
  readonly metrics: Metrics
  health(): NodeHealth
  /** Notable events after the one of that number, as JSON. */
  events(after: number): readonly unknown[]
}

/** The HTTP application as a function from request to response; it opens nothing by itself. */
export function adminHttp(
  sources: AdminSources,
): (request: Request) => Response | Promise<Response> {
  const app = new Hono()
  app.get('/health/live', (context) => context.json({ status: 'live' }))
  app.get('/health/ready', (context) => {
    const { isReady, reason } = sources.health()
    return isReady
      ? context.json({ status: 'ready' })
      : context.json({ status: 'not ready', reason }, 503)
  })
  app.get('/metrics', (context) => {
    context.header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
    return context.body(metricsText(sources.metrics))
  })
  app.get('/api/events', (context) => {
    const after = Number(context.req.query('after') ?? 0)
    if (!Number.isInteger(after)) {
      return context.json({ error: 'Cannot read after: wanted the number of an event' }, 400)
    }
    return context.json({ events: sources.events(after) })
  })
  app.notFound((context) =>
    context.json(
      { error: 'Not found. Served are /health/live, /health/ready, /metrics and /api/events' },
      404,
    ),
  )
  return (request) => app.fetch(request)
}
