import { describe, expect, it } from 'vitest'
import { Reader, WireError } from './reader.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('Reader', () => {
  it('reads the primitive types', () => {
    const reader = new Reader(
      hex('ff 01 fffe ffff fffffffd ffffffff ffffffffffffffff 3ff8000000000000 ac02'),
    )
    expect(reader.int8()).toBe(-1)
    expect(reader.bool()).toBe(true)
    expect(reader.int16()).toBe(-2)
    expect(reader.uint16()).toBe(0xffff)
    expect(reader.int32()).toBe(-3)
    expect(reader.uint32()).toBe(0xffff_ffff)
    expect(reader.int64()).toBe(-1)
    expect(reader.float64()).toBe(1.5)
    expect(reader.uvarint()).toBe(300)
    expect(reader.remaining).toBe(0)
  })

  it('reads between its bounds only', () => {
    const reader = new Reader(hex('00 11 22 33'), 1, 3)
    expect(reader.bytes(2)).toEqual(hex('1122'))
    expect(() => reader.int8()).toThrow(WireError)
  })

  it('gives byte fields as views', () => {
    const buffer = hex('01 02')
    const view = new Reader(buffer).bytes(2)
    buffer[0] = 9
    expect(view[0]).toBe(9)
  })

  it('refuses a negative size', () => {
    expect(() => new Reader(hex('00 00')).bytes(-1)).toThrow(WireError)
  })

  it('refuses a varint of more than 32 bits', () => {
    expect(() => new Reader(hex('ff ff ff ff 10')).uvarint()).toThrow(WireError)
    expect(() => new Reader(hex('ff ff ff ff ff 01')).uvarint()).toThrow(WireError)
    expect(new Reader(hex('ff ff ff ff 0f')).uvarint()).toBe(0xffff_ffff)
  })

  it('holds the length of an array against the bytes that remain', () => {
    expect(new Reader(hex('00000002 0000')).arrayLength(false, 1)).toBe(2)
    expect(() => new Reader(hex('00000003 0000')).arrayLength(false, 1)).toThrow(WireError)
    expect(() => new Reader(hex('00000002 000000')).arrayLength(false, 2)).toThrow(WireError)
    expect(() => new Reader(hex('7fffffff 00')).arrayLength(false, 1)).toThrow(WireError)
    expect(() => new Reader(hex('fffffffe 00')).arrayLength(false, 1)).toThrow(WireError)
    expect(new Reader(hex('ffffffff')).arrayLength(false, 1)).toBe(-1)
    expect(new Reader(hex('00')).arrayLength(true, 1)).toBe(-1)
  })

  it('refuses a message of more than a million elements, whatever follows', () => {
    const bytes = Buffer.alloc(4 + 1_000_001)
    bytes.writeInt32BE(1_000_001)
    expect(() => new Reader(bytes).arrayLength(false, 1)).toThrow(WireError)
    bytes.writeInt32BE(1_000_000)
    expect(new Reader(bytes).arrayLength(false, 1)).toBe(1_000_000)
  })

  it('counts the elements of all arrays and the tagged fields of one message', () => {
    const reader = new Reader(hex('00000002 03 02 0000 0000 0000'))
    reader.elementCountMax = 6
    reader.arrayLength(false, 1)
    reader.arrayLength(true, 1)
    reader.tagCount()
    expect(reader.elementCount).toBe(6)
    reader.position = 0
    expect(() => reader.arrayLength(false, 1)).toThrow(WireError)
    reader.position = 0
    reader.beginMessage()
    expect(reader.arrayLength(false, 1)).toBe(2)
  })

  it('passes over tag sections', () => {
    const reader = new Reader(hex('02 05 03 aabbcc 06 00 77'))
    reader.skipTags()
    expect(reader.int8()).toBe(0x77)
  })

  it('refuses more tagged fields than could follow', () => {
    expect(() => new Reader(hex('02 05 00 06')).tagCount()).toThrow(WireError)
    expect(() => new Reader(hex('ffffffff0f 00 00')).tagCount()).toThrow(WireError)
  })

  it('keeps what it enters apart from what follows', () => {
    const reader = new Reader(hex('0001 02'))
    const outerEnd = reader.enter(2)
    expect(() => reader.int32()).toThrow(WireError)
    expect(reader.int16()).toBe(1)
    reader.leave(outerEnd)
    expect(reader.int8()).toBe(2)
  })

  it('refuses to leave bytes behind, and to enter more than there is', () => {
    const reader = new Reader(hex('0001 02'))
    const outerEnd = reader.enter(2)
    reader.int8()
    expect(() => reader.leave(outerEnd)).toThrow(WireError)
    expect(() => new Reader(hex('00')).enter(2)).toThrow(WireError)
  })
})
