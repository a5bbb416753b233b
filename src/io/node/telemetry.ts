import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import type * as Pino from 'pino'
import { MetricRegistry } from '../metric-registry.ts'
import type { LogFields, LogLevel, Telemetry } from '../telemetry.ts'
import { prettyLine } from './pretty-line.ts'

export interface NodeTelemetryOptions {
  /** The least level that is written; 'info' by default. */
  readonly level?: LogLevel
  /** 'json': a line of JSON for each event; 'pretty': text for people. By default 'pretty' when stderr is a terminal. */
  readonly format?: 'json' | 'pretty'
  /** Takes each line, with its line feed, in place of stderr. */
  readonly write?: (line: string) => void
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 }

/** Log lines to stderr, so that stdout belongs to what a command prints. */
export function nodeTelemetry(options: NodeTelemetryOptions = {}): Telemetry {
  const { level = 'info', write } = options
  const format = options.format ?? (isatty(2) ? 'pretty' : 'json')
  const log = format === 'pretty' ? prettyLog(write) : jsonLog(write)
  return {
    log: (lineLevel, event, message, fields = {}) => {
      if (RANK[lineLevel] >= RANK[level]) log(lineLevel, event, message, fields)
    },
    metrics: new MetricRegistry(),
  }
}

type Log = (level: LogLevel, event: string, message: string, fields: LogFields) => void

function prettyLog(write?: (line: string) => void): Log {
  const colour = write === undefined && isatty(2) && !process.env['NO_COLOR']
  // Whoever read our stderr may go away (`2>&1 | head`): no reason to stop. Pino sees to this by itself.
  if (write === undefined) process.stderr.on('error', () => {})
  const out = write ?? ((line: string) => process.stderr.write(line))
  return (level, event, message, fields) =>
    out(prettyLine(new Date(), level, event, message, fields, colour))
}

/** Pino is loaded with the first line: a start that says nothing does not pay for it. */
function jsonLog(write?: (line: string) => void): Log {
  let logger: Pino.Logger | null = null
  return (level, event, message, fields) => {
    logger ??= createLogger(write)
    logger[level]({ event, ...fields }, message)
  }
}

function createLogger(write?: (line: string) => void): Pino.Logger {
  const { pino } = createRequire(import.meta.url)('pino') as typeof Pino
  // Not synchronous: a reader of stderr that stands still must not stop the loop. Pino writes the rest when the process exits.
  const destination = write === undefined ? pino.destination({ dest: 2, sync: false }) : { write }
  const options = {
    level: 'debug',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, destination)
}
