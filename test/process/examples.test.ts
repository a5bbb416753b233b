/** The examples of the embedded log, as they ship: checked, killed in the middle of their work, and without power in the simulator. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Prng } from '../../src/base/index.ts'
import { Child, projectRoot, runOk, temporaryFolder } from '../harness/processes.ts'

const SUBJECTS = ['kv', 'pages', 'cache-always', 'cache-everysec', 'cache-no', 'outbox']
const EXAMPLES = ['kv', 'pages', 'cache', 'outbox']
const KILLS = 3
const SEEDS = 15
/** How long a process lives after it has said what it found. */
const LIFE_MS_MAX = 250

const crash = join(projectRoot, 'examples', 'crash', 'crash.ts')
const sources = '--conditions=highwater-source'

/** The last number that the program said behind `word`, -1 when it said none. A line that is cut off does not count. */
function lastSaid(child: Child, word: string): number {
  const lines = child.stdout.split('\n').slice(0, -1)
  const line = lines.findLast((each) => each.startsWith(`${word} `))
  return line === undefined ? -1 : Number(line.slice(word.length + 1))
}

describe('kill -9', () => {
  it.each(SUBJECTS)('%s loses nothing that it acknowledged', async (name) => {
    const path = join(temporaryFolder(`crash-${name}`), 'data')
    mkdirSync(path)
    const prng = new Prng(SUBJECTS.indexOf(name))
    let acknowledged = 0
    for (let round = 0; round <= KILLS; round++) {
      const child = new Child(process.execPath, [
        sources,
        crash,
        'load',
        name,
        path,
        String(acknowledged),
      ])
      await child.waitForOutput(/^found \d+\n/, 20_000)
      await new Promise((resolve) => setTimeout(resolve, prng.int(1, LIFE_MS_MAX)))
      if (!child.running) throw new Error(child.lastWords())
      child.kill('SIGKILL')
      await child.ended
      expect(lastSaid(child, 'found')).toBeGreaterThanOrEqual(acknowledged)
      acknowledged = Math.max(acknowledged, lastSaid(child, 'found'), lastSaid(child, 'done'))
    }
    expect(acknowledged).toBeGreaterThan(0)
  })
})

describe('power cuts', () => {
  it.each(SUBJECTS)('%s keeps what it promised', async (name) => {
    const args = [sources, crash, 'power', name, String(SEEDS)]
    const { stdout } = await runOk(process.execPath, args, { timeoutMs: 55_000 })
    expect(stdout).toContain('nothing promised was lost')
  })
})

describe('as a reader meets them', () => {
  it('their types are right', async () => {
    await runOk('npx', ['tsc', '--noEmit', '-p', 'examples'])
  })

  it.each(EXAMPLES)('npm run example:%s works, twice', async (name) => {
    const path = join(temporaryFolder(`example-${name}`), 'data')
    for (let time = 0; time < 2; time++) {
      const { stdout } = await runOk('npm', ['run', '-s', `example:${name}`, '--', path])
      expect(stdout).not.toBe('')
    }
    expect(readdirSync(path).length).toBeGreaterThan(0)
  })
})
