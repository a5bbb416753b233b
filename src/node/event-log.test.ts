import { expect, test } from 'vitest'
import { MetricRegistry } from '../io/index.ts'
import type { Clock, Telemetry } from '../io/index.ts'
import { EventLog } from './event-log.ts'

const clock = { wallMs: () => 7 } as Clock

test('keeps what is notable, the newest thousand, and passes everything on', () => {
  const lines: string[] = []
  const inner: Telemetry = {
    metrics: new MetricRegistry(),
    log: (_level, event) => lines.push(event),
  }
  const events = new EventLog(clock)
  const telemetry = events.over(inner)
  telemetry.log('info', 'isr.shrink', 'In-sync replicas of t-0 are now 1', { partition: 't-0' })
  telemetry.log('info', 'controller.wrote', 'Wrote 1 record')
  telemetry.log('debug', 'isr.failed', 'Cannot change')
  expect(lines).toEqual(['isr.shrink', 'controller.wrote', 'isr.failed'])
  expect(events.since(0)).toEqual([
    {
      number: 1,
      atMs: 7,
      level: 'info',
      event: 'isr.shrink',
      message: 'In-sync replicas of t-0 are now 1',
      fields: { partition: 't-0' },
    },
  ])
  for (let i = 0; i < 1_500; i++) telemetry.log('warn', 'log.truncated', 'cut')
  expect([events.since(0).length, events.since(1_500).length]).toEqual([1_000, 1])
})
