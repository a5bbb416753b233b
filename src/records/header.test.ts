import { describe, expect, it } from 'vitest'
import { buildBatch } from './build.ts'
import {
  codecOf,
  deleteHorizonOf,
  isControl,
  isLogAppendTime,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  offsetEndOf,
  readBatchHeader,
} from './header.ts'
import type { BatchHeader } from './header.ts'
import { stampBatch } from './stamp.ts'
import { verifyBatch } from './iterate.ts'

const batch = buildBatch([{ key: null, value: Buffer.from('a') }])
const header = readBatchHeader(batch, 0)

function withFields(fields: Partial<BatchHeader>): BatchHeader {
  return { ...header, ...fields }
}

describe('batch header', () => {
  it('is read at any position', () => {
    const moved = Buffer.concat([Buffer.alloc(5), batch])
    expect(readBatchHeader(moved, 5)).toEqual({ ...header, position: 5 })
  })

  it('tells where its batch ends in the log', () => {
    const middle = withFields({ baseOffset: 2 ** 40, lastOffsetDelta: 2 })
    expect(lastOffsetOf(middle)).toBe(2 ** 40 + 2)
    expect(offsetEndOf(middle)).toBe(2 ** 40 + 3)
  })

  it('wraps the last sequence from 2^31-1 to 0', () => {
    const sequence = (baseSequence: number, lastOffsetDelta: number): number =>
      lastSequenceOf(withFields({ baseSequence, lastOffsetDelta }))
    expect(sequence(5, 2)).toBe(7)
    expect(sequence(2 ** 31 - 1, 0)).toBe(2 ** 31 - 1)
    expect(sequence(2 ** 31 - 1, 1)).toBe(0)
    expect(sequence(2 ** 31 - 2, 4)).toBe(2)
    expect(sequence(-1, 4)).toBe(-1)
  })

  it('reads each attribute from its own bit', () => {
    const flags = (attributes: number): boolean[] => {
      const h = withFields({ attributes })
      return [isLogAppendTime(h), isTransactional(h), isControl(h), deleteHorizonOf(h) !== null]
    }
    expect(flags(0x07)).toEqual([false, false, false, false])
    expect(flags(0x08)).toEqual([true, false, false, false])
    expect(flags(0x10)).toEqual([false, true, false, false])
    expect(flags(0x20)).toEqual([false, false, true, false])
    expect(flags(0x40)).toEqual([false, false, false, true])
  })

  it('names the five codecs and no others', () => {
    const codecs = [0, 1, 2, 3, 4, 5, 6, 7].map((id) => codecOf(withFields({ attributes: id | 8 })))
    expect(codecs).toEqual(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd', null, null, null])
  })

  it('gives the base timestamp as delete horizon', () => {
    expect(deleteHorizonOf(withFields({ attributes: 0x40, baseTimestamp: 99 }))).toBe(99)
  })
})

describe('stampBatch', () => {
  it('changes 12 bytes and nothing that the CRC covers', () => {
    const stamped = Buffer.concat([Buffer.from('xy'), batch])
    stampBatch(stamped, 2, 2 ** 33 + 5, 17)
    expect(verifyBatch(stamped, 2, stamped.length)).toBeNull()
    const expected = { ...header, position: 2, baseOffset: 2 ** 33 + 5, leaderEpoch: 17 }
    expect(readBatchHeader(stamped, 2)).toEqual(expected)
    expect(stamped.subarray(0, 2).toString()).toBe('xy')
  })
})
