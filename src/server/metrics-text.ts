import type { Metric, Metrics, Sample } from '../io/index.ts'

/** All metrics in Prometheus' text format 0.0.4. */
export function metricsText(metrics: Metrics): string {
  const lines: string[] = []
  for (const metric of metrics.all()) {
    lines.push(
      `# HELP ${metric.name} ${escapeHelp(metric.help)}`,
      `# TYPE ${metric.name} ${metric.kind}`,
    )
    for (const sample of metric.collect()) lines.push(sampleLine(metric, sample))
  }
  return `${lines.join('\n')}\n`
}

function sampleLine({ name }: Metric, { labels, value, suffix = '' }: Sample): string {
  const pairs = Object.entries(labels ?? {}).map(([key, text]) => `${key}="${escapeLabel(text)}"`)
  return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
