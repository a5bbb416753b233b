import { describe, expect, it } from 'vitest'
import { INT32_MIN } from '../base/index.ts'
import { buildBatch } from './build.ts'
import { verifyBatch, wholeBatches } from './iterate.ts'

function batchOf(value: string, baseOffset: number): Buffer {
  return buildBatch([{ key: null, value: Buffer.from(value) }], { baseOffset })
}

const one = batchOf('first', 10)
const two = batchOf('the second one', 11)
const both = Buffer.concat([one, two])

describe('wholeBatches', () => {
  it('gives the headers in order, with their positions', () => {
    const found = [...wholeBatches(both)].map((h) => [h.position, h.baseOffset, h.sizeBytes])
    expect(found).toEqual([
      [0, 10, one.length],
      [one.length, 11, two.length],
    ])
    expect([...wholeBatches(Buffer.alloc(0))]).toEqual([])
  })

  it('stops at a partial tail, wherever it is cut', () => {
    for (let cut = 0; cut < two.length; cut++) {
      expect([...wholeBatches(both.subarray(0, one.length + cut))]).toHaveLength(1)
    }
  })

  it.each([INT32_MIN, -12, 0, 48])(
    'stops at a length of %d instead of running in circles',
    (length) => {
      const broken = Buffer.from(both)
      broken.writeInt32BE(length, one.length + 8)
      expect([...wholeBatches(broken)]).toHaveLength(1)
    },
  )
})

describe('verifyBatch', () => {
  it('finds a whole batch in the middle of others', () => {
    expect(verifyBatch(both, 0, both.length)).toBeNull()
    expect(verifyBatch(both, one.length, both.length)).toBeNull()
    expect(verifyBatch(both, 0, one.length)).toBeNull()
  })

  it('calls every cut partial', () => {
    for (let end = 0; end < one.length; end++) {
      expect(verifyBatch(both, 0, end)?.kind).toBe('partial')
    }
  })

  it('finds every flipped bit behind the 16 bytes that the leader stamps', () => {
    for (let at = 16; at < one.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const broken = Buffer.from(one)
        broken[at] = (broken[at] ?? 0) ^ (1 << bit)
        expect(verifyBatch(broken, 0, broken.length)?.kind).toBe(at === 16 ? 'magic' : 'crc')
      }
    }
  })

  it('calls a length that no batch can have by its name', () => {
    for (const length of [INT32_MIN, -1, 0, 48]) {
      const broken = Buffer.from(one)
      broken.writeInt32BE(length, 8)
      expect(verifyBatch(broken, 0, broken.length)?.kind).toBe('length')
    }
  })

  it('calls preallocated zeros no batch', () => {
    expect(verifyBatch(Buffer.alloc(4096), 0, 4096)?.kind).toBe('length')
  })
})
