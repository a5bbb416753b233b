import type { LogFields, LogLevel } from '../telemetry.ts'

/** ANSI colour numbers. */
const COLOURS: Readonly<Record<LogLevel, number>> = { debug: 90, info: 32, warn: 33, error: 31 }

/** One log line for people: `12:34:56.789 INFO  The listener is ready. [listener.started] host=127.0.0.1 port=9092`. */
export function prettyLine(
  time: Date,
  level: LogLevel,
  event: string,
  message: string,
  fields: LogFields,
  colour: boolean,
): string {
  const paint = (code: number, text: string): string =>
    colour ? `\u001b[${code}m${text}\u001b[0m` : text
  const label = paint(COLOURS[level], level.toUpperCase().padEnd(5))
  let rest = ` [${event}]`
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) rest += ` ${name}=${fieldText(value)}`
  }
  return `${clockTime(time)} ${label} ${oneLine(message)}${paint(90, rest)}\n`
}

function clockTime(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const ms = String(time.getMilliseconds()).padStart(3, '0')
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`
}

function fieldText(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value)
  return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value)
}

/** What a peer sent may be part of a message: it must not start a line of its own or steer the terminal. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => JSON.stringify(char).slice(1, -1))
}
