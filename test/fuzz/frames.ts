/**
 * Mutated frames against a running node: no crash, no unhandled rejection, no stall above 50 ms, memory and descriptors back where they
 * were, and a well-behaved client served throughout.
 *
 *     node test/fuzz/frames.ts [--frames 10000000] [--seconds-max 1800] [--seed N] [--attackers 12]
 */
import { parseArgs } from 'node:util'
import { runSuite } from '../harness/suite.ts'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '10000000' },
    'seconds-max': { type: 'string', default: '1800' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    attackers: { type: 'string', default: '12' },
    'requests-per-version': { type: 'string', default: '12' },
    'heavy-every': { type: 'string', default: '20000' },
  },
})

await runSuite('mutated frames', {}, async (suite) => {
  const secondsMax = Number(values['seconds-max'])
  suite.note(`seed ${values.seed}`)
  const attackTheNode = async (): Promise<void> => {
    const { problems } = await fuzz({
      frames: Number(values.frames),
      secondsMax,
      seed: Number(values.seed),
      attackers: Number(values.attackers),
      requestsPerVersion: Number(values['requests-per-version']),
      heavyEvery: Number(values['heavy-every']),
      stallMsMax: 50,
      isMemoryJudged: true,
      note: (text) => suite.note(text),
    })
    if (problems.length > 0) throw new Error(problems.join('\n'))
  }
  await suite.check(`${values.frames} mutated frames`, attackTheNode, (secondsMax + 300) * 1000)
})
