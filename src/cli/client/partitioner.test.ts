import { describe, expect, it } from 'vitest'
import { murmur2, partitionOfKey } from './partitioner.ts'

describe('murmur2', () => {
  // What org.apache.kafka.common.utils.Utils.murmur2 gives, for every length of the tail.
  it.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
    ['abc', 479_470_107],
  ])('of %s', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })
})

describe('partitionOfKey', () => {
  it('is never negative', () => {
    // The hash of this key is negative: taking its absolute value, or its remainder, would give another partition.
    expect(partitionOfKey(Buffer.from('21'), 7)).toBe((-973_932_308 & 0x7fff_ffff) % 7)
  })
})
