import { expect, it } from 'vitest'
import { coordinatorPartition, javaStringHash } from './partitioner.ts'

it.each([
  ['', 0],
  ['hello', 99_162_322],
  ['my-group', -1_906_497_762],
  ['polygenelubricants', -2_147_483_648],
  ['grüße-日本-🚀', 398_325_459],
])("hashes '%s' as Java does", (text, hash) => {
  expect(javaStringHash(text)).toBe(hash)
})

it('takes the absolute value, and 0 for the one int32 that has none', () => {
  expect(coordinatorPartition('polygenelubricants', 50)).toBe(0)
  expect(coordinatorPartition('my-group', 50)).toBe(12)
  expect(coordinatorPartition('hello', 50)).toBe(22)
})
