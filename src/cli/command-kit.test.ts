import { describe, expect, it } from 'vitest'
import { countArgument, parsePairs, partitionsArgument } from './command-kit.ts'
import { parseDuration } from './text/duration.ts'

describe('arguments', () => {
  it.each([
    ['0', [0]],
    ['0,3,5-7', [0, 3, 5, 6, 7]],
    ['2, 1,2', [2, 1]],
  ])('partitions %s', (text, numbers) => {
    expect(partitionsArgument(text)).toEqual(numbers)
  })

  it.each(['', ',', '-1', '3-1', '1-', 'a', '1.5'])('no partitions: %j', (text) => {
    expect(() => partitionsArgument(text)).toThrow('partition numbers')
  })

  it('pairs may have equal signs in the value, and may be empty', () => {
    expect(parsePairs(['a=b=c', 'd='])).toEqual([
      ['a', 'b=c'],
      ['d', ''],
    ])
    expect(() => parsePairs(['=b'])).toThrow('key=value')
    expect(() => parsePairs(['a'])).toThrow('key=value')
  })

  it('counts begin at their least', () => {
    expect(countArgument(1)('1')).toBe(1)
    for (const text of ['0', '-1', '1.5', '', '1e3'])
      expect(() => countArgument(1)(text)).toThrow('whole number')
  })

  it.each([
    ['1500', 1500],
    ['200ms', 200],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['', null],
    ['-1s', null],
    ['1w', null],
    ['s', null],
  ])('duration %s', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs)
  })
})
