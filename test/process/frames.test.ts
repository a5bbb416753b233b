import { expect, test } from 'vitest'
import { fuzz } from '../fuzz/fuzz.ts'

/** A taste of `node test/fuzz/frames.ts`, which sends ten million. Other tests run beside it: the loop gets more time here than it would there. */
test('mutated frames: no crash, no lost answer, nothing served that cannot be read, a well-behaved client served', async () => {
  const notes: string[] = []
  const { problems, counts } = await fuzz({
    frames: 10_000,
    secondsMax: 40,
    seed: 5,
    attackers: 6,
    requestsPerVersion: 2,
    heavyEvery: 300,
    stallMsMax: 400,
    isMemoryJudged: false,
    note: (text) => notes.push(text),
  })
  expect(problems, notes.join('\n')).toEqual([])
  expect(counts.sent).toBeGreaterThanOrEqual(10_000)
}, 150_000)
