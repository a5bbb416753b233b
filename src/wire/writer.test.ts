import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Writer } from './writer.ts'

describe('Writer', () => {
  it('grows by itself', () => {
    const writer = new Writer(1)
    for (let i = 0; i < 1000; i++) writer.int32(i)
    const bytes = writer.toBuffer()
    expect(bytes.length).toBe(4000)
    for (let i = 0; i < 1000; i++) expect(bytes.readInt32BE(i * 4)).toBe(i)
  })

  it('passes large byte fields along without a copy', () => {
    const large = Buffer.alloc(4096, 7)
    const writer = new Writer()
    writer.int8(1)
    writer.bytes(large)
    writer.int8(2)
    expect(writer.size).toBe(4098)
    const buffers = writer.finish()
    expect(buffers.map(({ length }) => length)).toEqual([1, 4096, 1])
    expect(buffers[1]?.buffer).toBe(large.buffer)
  })

  it('writes byte fields of any size in order, whatever it does with them', () => {
    const sizes = fc.array(fc.oneof(fc.nat(20), fc.integer({ min: 4000, max: 4200 })))
    fc.assert(
      fc.property(sizes, fc.boolean(), (all, nested) => {
        const parts = all.map((size, index) => Buffer.alloc(size, index + 1))
        const writer = new Writer(16)
        for (const part of parts) {
          if (!nested) writer.bytes(part)
          else {
            const inner = new Writer(4)
            inner.bytes(part)
            writer.append(inner)
          }
        }
        expect(writer.size).toBe(all.reduce((sum, size) => sum + size, 0))
        expect(writer.toBuffer().equals(Buffer.concat(parts))).toBe(true)
      }),
    )
  })

  it('mends the first int32 afterwards, whether or not a field was passed along', () => {
    for (const size of [10, 5000]) {
      const writer = new Writer(4)
      writer.int32(0)
      writer.bytes(Buffer.alloc(size))
      writer.patchFirstInt32(writer.size - 4)
      expect(writer.toBuffer().readInt32BE()).toBe(size)
    }
  })

  it('gives one empty buffer when nothing was written', () => {
    expect(new Writer().toBuffer()).toEqual(Buffer.alloc(0))
  })
})
