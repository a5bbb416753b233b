import { describe, expect, it } from 'vitest'
import { parseOffsetRange, parseOffsetSpec, resolveOffset } from './offset-spec.ts'

const NOW_MS = 1_800_000_000_000

describe('parseOffsetSpec', () => {
  it.each([
    ['start', { kind: 'start' }],
    ['beginning', { kind: 'start' }],
    ['end', { kind: 'end' }],
    ['0', { kind: 'offset', offset: 0 }],
    ['123', { kind: 'offset', offset: 123 }],
    ['-10', { kind: 'beforeEnd', count: 10 }],
    ['+5', { kind: 'afterStart', count: 5 }],
    ['@1700000000000', { kind: 'time', timestampMs: 1_700_000_000_000 }],
    ['@2026-01-31T12:00:00Z', { kind: 'time', timestampMs: Date.UTC(2026, 0, 31, 12) }],
    ['-1h', { kind: 'time', timestampMs: NOW_MS - 3_600_000 }],
    ['@-30s', { kind: 'time', timestampMs: NOW_MS - 30_000 }],
    [' end ', { kind: 'end' }],
  ])('reads %s', (text, spec) => {
    expect(parseOffsetSpec(text, NOW_MS)).toEqual(spec)
  })

  it.each(['', 'now', '1.5', '--1', '@', '@x', '@2026-99-99', '1h', '-1y', '1e3'])(
    'refuses %j',
    (text) => {
      expect(() => parseOffsetSpec(text, NOW_MS)).toThrow('Cannot read the offset')
    },
  )
})

describe('parseOffsetRange', () => {
  it.each([
    ['5', { from: { kind: 'offset', offset: 5 }, to: null }],
    ['5..', { from: { kind: 'offset', offset: 5 }, to: null }],
    ['..9', { from: { kind: 'start' }, to: { kind: 'offset', offset: 9 } }],
    ['-10..end', { from: { kind: 'beforeEnd', count: 10 }, to: { kind: 'end' } }],
    [
      '-2h..-1h',
      {
        from: { kind: 'time', timestampMs: NOW_MS - 7_200_000 },
        to: { kind: 'time', timestampMs: NOW_MS - 3_600_000 },
      },
    ],
  ])('reads %s', (text, range) => {
    expect(parseOffsetRange(text, NOW_MS)).toEqual(range)
  })

  it('reads times with colons and dots on both sides', () => {
    const text = '@2026-01-01T00:00:00.500Z..@2026-01-01T00:00:01Z'
    expect(parseOffsetRange(text, NOW_MS)).toEqual({
      from: { kind: 'time', timestampMs: Date.UTC(2026, 0, 1, 0, 0, 0, 500) },
      to: { kind: 'time', timestampMs: Date.UTC(2026, 0, 1, 0, 0, 1) },
    })
  })
})

describe('resolveOffset', () => {
  const ends = { start: 100, end: 200 }

  it.each([
    ['start', 100],
    ['end', 200],
    ['150', 150],
    ['-10', 190],
    ['-1000', 100],
    ['+10', 110],
    ['+1000', 200],
  ])('%s is %i', (text, offset) => {
    expect(resolveOffset(parseOffsetSpec(text, NOW_MS), ends, -1)).toBe(offset)
  })

  it('takes the record at a time, or the end when there is none so young', () => {
    const spec = parseOffsetSpec('@1', NOW_MS)
    expect(resolveOffset(spec, ends, 120)).toBe(120)
    expect(resolveOffset(spec, ends, -1)).toBe(200)
  })
})
