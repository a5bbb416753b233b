import { describe, expect, it } from 'vitest'
import { runSeed } from './run.ts'

const SEEDS = 400

describe('the quorum in a soup of messages', () => {
  it(
    'keeps every promise, whatever happens, and finds itself again in peace',
    { timeout: 120_000 },
    () => {
      let [elections, committed, installed] = [0, 0, 0]
      for (let seed = 1; seed <= SEEDS; seed++) {
        const outcome = runSeed(seed)
        if (outcome.failure !== null) {
          const again = `node sim/quorum/main.ts --seeds 1 --from ${seed} --lines 300`
          throw new Error(`seed ${seed}: ${outcome.failure.message} (${again})`, {
            cause: outcome.failure,
          })
        }
        elections += outcome.elections
        committed += outcome.committed
        installed += outcome.snapshotsInstalled
      }
      // Else the soup was too thin to prove anything.
      expect(elections).toBeGreaterThan(SEEDS * 4)
      expect(committed).toBeGreaterThan(SEEDS * 50)
      expect(installed).toBeGreaterThan(SEEDS / 10)
    },
  )

  it('does the same again for the same seed', () => {
    const [first, second] = [runSeed(7, 1000), runSeed(7, 1000)]
    expect(second.lines).toEqual(first.lines)
    expect(first.lines.length).toBeGreaterThan(100)
  })
})
