/**
 * Runs seeds of the simulator.
 *
 *     node sim/main.ts --seeds 1000 --from 1 [--seconds-max 60] [--operations N] [--faults N] [--lines N]
 */
import { parseArgs } from 'node:util'
import { describeProfile, drawProfile } from './storage/profile.ts'
import { runProfile } from './storage/run.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    'seconds-max': { type: 'string', default: 'Infinity' },
    operations: { type: 'string', default: 'Infinity' },
    faults: { type: 'string', default: 'Infinity' },
    lines: { type: 'string', default: '40' },
  },
})
const from = Number(values.from)
const bounds = { operationsMax: Number(values.operations), faultsMax: Number(values.faults) }
const started = process.cpuUsage()
let virtualMs = 0
let failures = 0
let seeds = 0
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const profile = drawProfile(seed, bounds)
  const outcome = await runProfile(profile, { linesMax: Number(values.lines) })
  seeds++
  virtualMs += outcome.virtualMs
  if (outcome.failure !== null) {
    failures++
    console.log(`seed ${seed}: ${outcome.failure.stack}\n  ${describeProfile(profile)}`)
    console.log(outcome.lastLines.join('\n'))
  }
}
const { user, system } = process.cpuUsage(started)
console.log(
  `${seeds} seeds, ${failures} failed, ${virtualMs / 1000} virtual s, ${(user + system) / 1e6} cpu s`,
)
