import { describe, expect, it } from 'vitest'
import { formatSize, parseSize } from './size.ts'

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [102_348, '99.9 KiB'],
    [102_400, '100 KiB'],
    [1_048_575, '1 MiB'],
    [20 * 1024 ** 3, '20 GiB'],
  ])('%d is %s', (sizeBytes, text) => {
    expect(formatSize(sizeBytes)).toBe(text)
  })
})

describe('parseSize', () => {
  it.each([
    ['1500', 1500],
    ['10MB', 10_000_000],
    ['10MiB', 10_485_760],
    ['1.5 KiB', 1536],
    ['0', 0],
  ])('%s is %d', (text, sizeBytes) => {
    expect(parseSize(text)).toBe(sizeBytes)
  })

  it.each(['', 'MB', '-1', '1e6', '10mb', '1 k'])("refuses '%s'", (text) => {
    expect(parseSize(text)).toBeNull()
  })
})
