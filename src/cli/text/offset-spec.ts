/**
 * Places in a log as people write them:
 *
 *     start  end  42  -10 (the last ten)  +10 (past the first ten)  @<time> (the first record at or after)
 *     -1h (an hour ago)
 *     from..to   from..   ..to     `to` is not included
 */
import { UsageError } from '../failure.ts'
import { parseDuration } from './duration.ts'

export type OffsetSpec =
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'beforeEnd'; readonly count: number }
  | { readonly kind: 'afterStart'; readonly count: number }
  | { readonly kind: 'time'; readonly timestampMs: number }

export interface OffsetRange {
  readonly from: OffsetSpec
  /** Exclusive. Null: no end. */
  readonly to: OffsetSpec | null
}

/** What a partition answers about itself. */
export interface LogEnds {
  readonly start: number
  readonly end: number
}

const NAMES: ReadonlyMap<string, OffsetSpec> = new Map([
  ['start', { kind: 'start' }],
  ['beginning', { kind: 'start' }],
  ['earliest', { kind: 'start' }],
  ['end', { kind: 'end' }],
  ['latest', { kind: 'end' }],
])

export const OFFSET_HELP =
  'start, end, a number, -N (the last N), +N (after the first N), @time (ISO or ms), -1h (an hour ago)'

/** @param nowMs wall clock, for times like `-1h`. Throws UsageError. */
export function parseOffsetSpec(text: string, nowMs: number): OffsetSpec {
  const trimmed = text.trim()
  const named = NAMES.get(trimmed)
  if (named !== undefined) return named
  const number = /^([+-]?)(\d{1,15})$/.exec(trimmed)
  if (number !== null) {
    const value = Number(number[2])
    if (number[1] === '-') return { kind: 'beforeEnd', count: value }
    if (number[1] === '+') return { kind: 'afterStart', count: value }
    return { kind: 'offset', offset: value }
  }
  const timestampMs = parseTime(trimmed, nowMs)
  if (timestampMs === null) {
    throw new UsageError(`Cannot read the offset '${text}': allowed are ${OFFSET_HELP}`)
  }
  return { kind: 'time', timestampMs }
}

/** `@ms`, `@ISO date`, `@-1h` and `-1h`. */
function parseTime(text: string, nowMs: number): number | null {
  const body = text.startsWith('@') ? text.slice(1) : text
  if (body.startsWith('-')) {
    const agoMs = parseDuration(body.slice(1))
    return agoMs === null ? null : Math.max(nowMs - agoMs, 0)
  }
  if (body === text) return null
  if (/^\d{1,15}$/.test(body)) return Number(body)
  const timestampMs = /^\d{4}-/.test(body) ? Date.parse(body) : Number.NaN
  return Number.isNaN(timestampMs) ? null : timestampMs
}

/** A place, or a range of them: see the head of this file. Throws UsageError. */
export function parseOffsetRange(text: string, nowMs: number): OffsetRange {
  const dots = text.indexOf('..')
  if (dots < 0) return { from: parseOffsetSpec(text, nowMs), to: null }
  const from = text.slice(0, dots)
  const to = text.slice(dots + 2)
  return {
    from: from === '' ? { kind: 'start' } : parseOffsetSpec(from, nowMs),
    to: to === '' ? null : parseOffsetSpec(to, nowMs),
  }
}

/**
 * The offset that `spec` means in one partition. A number is taken as it is; all others lie between the two ends.
 *
 * @param byTime what ListOffsets answered for the time of a `time` spec; -1: no record is that young
 */
export function resolveOffset(spec: OffsetSpec, { start, end }: LogEnds, byTime: number): number {
  switch (spec.kind) {
    case 'start':
      return start
    case 'end':
      return end
    case 'offset':
      return spec.offset
    case 'beforeEnd':
      return Math.max(end - spec.count, start)
    case 'afterStart':
      return Math.min(start + spec.count, end)
    case 'time':
      return byTime < 0 ? end : byTime
  }
}
