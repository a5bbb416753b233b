import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { LogLimiter } from './log-limiter.ts'
import type { Telemetry } from './telemetry.ts'
import { MetricRegistry } from './metric-registry.ts'

interface Setup {
  readonly limiter: LogLimiter
  readonly lines: string[]
  /** Lets the window of every open key end. */
  readonly endWindows: () => void
}

function setup(): Setup {
  const lines: string[] = []
  let timers: (() => void)[] = []
  const clock: Clock = {
    monotonicMs: () => 0,
    wallMs: () => 0,
    after: (_delayMs, callback) => {
      timers.push(callback)
      return { cancel: () => {} }
    },
    soon: () => {},
  }
  const telemetry: Telemetry = {
    log: (_level, event, message, fields) =>
      lines.push(`${event} ${message} ${JSON.stringify(fields)}`),
    metrics: new MetricRegistry(),
  }
  const endWindows = (): void => {
    const due = timers
    timers = []
    for (const timer of due) timer()
  }
  return { limiter: new LogLimiter(telemetry, clock), lines, endWindows }
}

describe('LogLimiter', () => {
  it('writes one line per event and window, and how many it kept back', () => {
    const { limiter, lines, endWindows } = setup()
    for (let i = 0; i < 5; i++) limiter.log('warn', 'bad', `Bad frame ${i}.`, { i })
    limiter.log('warn', 'other', 'Other.')
    expect(lines).toEqual(['bad Bad frame 0. {"i":0}', 'other Other. {}'])
    endWindows()
    expect(lines.slice(2)).toEqual(['bad Bad frame 4. {"i":4,"suppressed":4}'])
    limiter.log('warn', 'bad', 'Bad again.')
    limiter.log('warn', 'other', 'Other again.')
    expect(lines.slice(3)).toEqual(['other Other again. {}'])
    endWindows()
    expect(lines.slice(4)).toEqual(['bad Bad again. {"suppressed":1}'])
    endWindows()
    endWindows()
    expect(lines).toHaveLength(5)
    limiter.log('warn', 'bad', 'Bad later.')
    expect(lines.slice(5)).toEqual(['bad Bad later. {}'])
  })

  it('tells keys apart', () => {
    const { limiter, lines } = setup()
    for (const peer of ['a', 'b', 'a']) limiter.log('warn', 'bad', peer, {}, `bad ${peer}`)
    expect(lines).toEqual(['bad a {}', 'bad b {}'])
  })

  it('stays small however many keys there are', () => {
    const { limiter, lines, endWindows } = setup()
    for (let i = 0; i < 5_000; i++) limiter.log('warn', 'bad', String(i), {}, `bad ${i}`)
    expect(lines).toHaveLength(1_001)
    endWindows()
    expect(lines).toHaveLength(1_002)
    expect(lines.at(-1)).toBe('bad 4999 {"suppressed":3999}')
  })
})
