import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.ts'
import { Prng } from './prng.ts'

const oracle = createRequire(import.meta.url)('crc-32/crc32c.js') as {
  buf(data: Uint8Array): number
}

describe('crc32c', () => {
  it('gives the check value of the algorithm', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283)
    expect(crc32c(Buffer.alloc(0))).toBe(0)
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a91_36aa) // RFC 3720 B.4
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8_ab43)
  })

  it('agrees with an independent implementation for every length around the native threshold', () => {
    const bytes = new Prng(7).bytes(300)
    for (let size = 0; size <= bytes.length; size++) {
      expect(crc32c(bytes, 0, size)).toBe(oracle.buf(bytes.subarray(0, size)) >>> 0)
    }
  })

  it('covers exactly [start, end)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(2000), fc.nat(2000), (data, a, b) => {
        const start = Math.min(a, b, data.length)
        const end = Math.min(Math.max(a, b), data.length)
        expect(crc32c(data, start, end)).toBe(oracle.buf(data.subarray(start, end)) >>> 0)
      }),
    )
  })
})
