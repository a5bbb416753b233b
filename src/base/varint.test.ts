import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as varint from './varint.ts'

/** The definition, with BigInt: zig-zag of `value` in 64 bits, seven bits a byte, lowest first. */
function twin(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

function written(value: number): Buffer {
  const buffer = Buffer.alloc(16, 0xee)
  const end = varint.writeVarint(buffer, value, 1)
  expect(end - 1).toBe(varint.varintSize(value))
  expect(buffer[0]).toBe(0xee)
  expect(buffer[end]).toBe(0xee)
  return buffer.subarray(1, end)
}

const safe = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: -70, max: 70 }),
  fc.integer({ min: 0, max: 52 }).map((bits) => 2 ** bits),
  fc.integer({ min: 0, max: 52 }).map((bits) => -(2 ** bits) - 1),
)

describe('varint', () => {
  it('writes 64-bit values as the BigInt twin does, and reads them back', () => {
    fc.assert(
      fc.property(safe, (value) => {
        const bytes = written(value)
        expect(bytes).toEqual(twin(BigInt(value)))
        expect(varint.readVarint64(bytes, 0, bytes.length)).toBe(value)
        expect(varint.next).toBe(bytes.length)
      }),
      { numRuns: 2000 },
    )
  })

  it('reads every 64-bit value as near as a number can be', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = twin(value)
        const read = varint.readVarint64(bytes, 0, bytes.length)
        expect(varint.next).toBe(bytes.length)
        expect(Math.abs(read - Number(value))).toBeLessThanOrEqual(2048)
      }),
    )
    for (const value of [-(2n ** 63n), 2n ** 63n - 1n]) {
      expect(varint.readVarint64(twin(value), 0, 10)).toBe(Number(value))
    }
  })

  it('reads and writes 32-bit values', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer(), fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 0, -1, 63, 64)),
        (value) => {
          const bytes = written(value)
          expect(varint.readVarint32(bytes, 0, bytes.length)).toBe(value)
          expect(varint.next).toBe(bytes.length)
        },
      ),
    )
  })

  it('reads and writes unsigned 32-bit values', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(0, 127, 128, 2 ** 28, 0xffff_ffff)),
        (value) => {
          const buffer = Buffer.alloc(8)
          const end = varint.writeUvarint(buffer, value, 0)
          expect(end).toBe(varint.uvarintSize(value))
          expect(varint.readUvarint32(buffer, 0, buffer.length)).toBe(value)
          expect(varint.next).toBe(end)
        },
      ),
    )
  })

  it('refuses what is cut short, wherever the cut is', () => {
    fc.assert(
      fc.property(safe, fc.nat(9), (value, cut) => {
        const bytes = written(value)
        const end = Math.min(cut, bytes.length - 1)
        for (const read of [varint.readVarint64, varint.readVarint32, varint.readUvarint32]) {
          read(bytes, 0, end)
          if (end < 5 || read === varint.readVarint64) expect(varint.next).toBe(-1)
        }
      }),
    )
  })

  it('never reads at or behind the end', () => {
    const bytes = Buffer.from([0x80, 0x80, 0x01])
    varint.readVarint64(bytes, 0, 2)
    expect(varint.next).toBe(-1)
    varint.readVarint32(bytes, 3, 3)
    expect(varint.next).toBe(-1)
  })

  it('refuses more bits than the type has', () => {
    const bad32 = [
      [0xff, 0xff, 0xff, 0xff, 0x10],
      [0xff, 0xff, 0xff, 0xff, 0x80, 0x00],
    ]
    for (const bytes of bad32) {
      varint.readUvarint32(Buffer.from(bytes), 0, bytes.length)
      expect(varint.next).toBe(-1)
      varint.readVarint32(Buffer.from(bytes), 0, bytes.length)
      expect(varint.next).toBe(-1)
    }
    const bad64 = [
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00],
    ]
    for (const bytes of bad64) {
      varint.readVarint64(Buffer.from(bytes), 0, bytes.length)
      expect(varint.next).toBe(-1)
    }
  })

  it('takes longer forms than needed, as Java does', () => {
    expect(varint.readVarint64(Buffer.from([0x82, 0x80, 0x00]), 0, 3)).toBe(1)
    expect(varint.next).toBe(3)
    expect(varint.readUvarint32(Buffer.from([0x81, 0x80, 0x80, 0x80, 0x00]), 0, 5)).toBe(1)
    expect(varint.next).toBe(5)
  })
})
