import { describe, expect } from 'vitest'
import { conforms } from './harness.conformance.ts'
import type { MakeHarness } from './harness.conformance.ts'
import type { Metric } from './telemetry.ts'

/** What every {@link Telemetry} must do. */
export function telemetryConformance(name: string, make: MakeHarness): void {
  describe(`${name} conforms to Telemetry`, () => {
    conforms(make, 'log() takes any field and never throws', ({ io }) => {
      const fields = { text: 'a\nb', number: 1.5, flag: true, nothing: null, missing: undefined }
      for (const level of ['debug', 'info', 'warn', 'error'] as const) {
        io.telemetry.log(level, 'test.event', 'A message.', fields)
        io.telemetry.log(level, 'test.event', 'A message without fields.')
      }
    })

    conforms(make, 'metrics are read on demand and can be taken back', ({ io }) => {
      let value = 1
      const metric = (metricName: string): Metric => ({
        name: metricName,
        help: 'A test.',
        kind: 'gauge',
        collect: () => [{ value }],
      })
      const { metrics } = io.telemetry
      const read = (): [string, number][] =>
        [...metrics.all()].flatMap((each) =>
          [...each.collect()].map((sample): [string, number] => [each.name, sample.value]),
        )
      const removeOne = metrics.register(metric('one'))
      metrics.register(metric('two'))
      expect(() => metrics.register(metric('two'))).toThrow('twice')
      value = 7
      expect(read()).toEqual([
        ['one', 7],
        ['two', 7],
      ])
      removeOne()
      metrics.register(metric('one'))
      removeOne()
      expect(read().map(([metricName]) => metricName)).toEqual(['two', 'one'])
    })
  })
}
