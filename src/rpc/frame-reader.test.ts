import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BufferPool } from '../base/index.ts'
import { FrameReader } from './frame-reader.ts'

function frameOf(body: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeInt32BE(body.length, 0)
  return Buffer.concat([header, body])
}

describe('FrameReader', () => {
  test('gives back the frames whatever the pieces they arrive in', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 8 })
    fc.assert(
      fc.property(
        bodies,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (arrays, cuts) => {
          const stream = Buffer.concat(arrays.map((body) => frameOf(Buffer.from(body))))
          const reader = new FrameReader(1000)
          const seen: Buffer[] = []
          for (let position = 0, i = 0; position < stream.length; i++) {
            const size = cuts[i % cuts.length] as number
            // The chunk's memory is used again at once, as the network seam does.
            const chunk = Buffer.from(stream.subarray(position, position + size))
            expect(reader.push(chunk, (frame) => seen.push(frame))).toBeNull()
            chunk.fill(0xee)
            position += size
          }
          expect(seen.map((frame) => [...frame])).toEqual(arrays.map((body) => [...body]))
          expect(reader.isInsideFrame).toBe(false)
        },
      ),
    )
  })

  test.each([-1, 0, 1001, 0x7fff_ffff, -0x8000_0000])('refuses a length of %d', (length) => {
    const header = Buffer.alloc(4)
    header.writeInt32BE(length, 0)
    expect(new FrameReader(1000).push(header, () => {})?.kind).toBe('length')
  })

  test.each([
    ['GET / HTTP/1.1\r\n', 'http'],
    ['SSH-2.0-OpenSSH', 'ssh'],
    ['\x16\x03\x01\x02\x00', 'tls'],
  ])('names what %j is', (bytes, kind) => {
    expect(new FrameReader(1000).push(Buffer.from(bytes, 'latin1'), () => {})?.kind).toBe(kind)
  })

  test('holds memory in proportion to what came, not to what was declared', () => {
    const reader = new FrameReader(100 * 1024 * 1024)
    const header = Buffer.alloc(4)
    header.writeInt32BE(100 * 1024 * 1024, 0)
    reader.push(header, () => {})
    expect(reader.heldBytes).toBeLessThanOrEqual(64 * 1024)
    for (let i = 0; i < 100; i++) reader.push(Buffer.alloc(10_000), () => {})
    expect(reader.heldBytes).toBeLessThanOrEqual(2 * 1_000_000)
  })

  test('gives back the memory that a frame has outgrown, and never that of a frame that was handed out', () => {
    const buffers = new BufferPool(16 * 1024 * 1024)
    const reader = new FrameReader(10_000_000, buffers)
    const body = Buffer.alloc(1_000_000, 'x')
    const stream = frameOf(body)
    const seen: Buffer[] = []
    for (let position = 0; position < stream.length; position += 50_000) {
      reader.push(stream.subarray(position, position + 50_000), (frame) => seen.push(frame))
    }
    expect(seen[0]?.equals(body)).toBe(true)
    expect(buffers.heldBytes).toBeGreaterThan(0)
    for (let i = 0; i < 20; i++) buffers.take(1_000_000).fill('y')
    for (let i = 0; i < 20; i++) buffers.take(100_000).fill('y')
    expect(seen[0]?.equals(body)).toBe(true)
  })
})
