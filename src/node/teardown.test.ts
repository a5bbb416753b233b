import { expect, test } from 'vitest'
import { Teardown } from './teardown.ts'

test('takes its steps once, last first, and does not stop at one that fails', async () => {
  const teardown = new Teardown()
  const taken: string[] = []
  teardown.push(() => taken.push('first'))
  teardown.push(() => Promise.reject(new Error('second')))
  teardown.push(() => {
    taken.push('third')
    throw new Error('third')
  })
  await expect(teardown.run()).rejects.toThrow('third')
  expect(taken).toEqual(['third', 'first'])
  await teardown.run()
  expect(taken).toEqual(['third', 'first'])
})
