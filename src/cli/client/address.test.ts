import { describe, expect, it } from 'vitest'
import { formatAddress, parseBootstrap } from './address.ts'

describe('parseBootstrap', () => {
  it.each([
    ['localhost', [{ host: 'localhost', port: 9092 }]],
    [
      'a:1, b:65535',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 65_535 },
      ],
    ],
    ['[::1]:9093', [{ host: '::1', port: 9093 }]],
    ['[fe80::1]', [{ host: 'fe80::1', port: 9092 }]],
  ])('reads %s', (text, addresses) => {
    expect(parseBootstrap(text)).toEqual(addresses)
  })

  it.each(['', 'a:', 'a:0', 'a:65536', 'a:b', '::1', 'a:1,', 'a b:1', 'http://a:1'])(
    'refuses %j',
    (text) => {
      expect(() => parseBootstrap(text)).toThrow(RangeError)
    },
  )

  it('reads what formatAddress writes', () => {
    for (const address of [
      { host: '::1', port: 1 },
      { host: 'kafka-1', port: 2 },
    ]) {
      expect(parseBootstrap(formatAddress(address))).toEqual([address])
    }
  })
})
