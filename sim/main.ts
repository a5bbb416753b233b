/**
 * Runs seeds of the simulator's storage profile.
 *
 *     node sim/main.ts --seeds 1000 --from 1 [--seconds-max 60]
 *     node sim/main.ts --seeds 1 --from 77 --operations 40 --faults 3 --lines 500   # one again, smaller, with its trace
 */
import { parseArgs } from 'node:util'
import { runSeeds } from './storage/seeds.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    'seconds-max': { type: 'string', default: 'Infinity' },
    operations: { type: 'string', default: 'Infinity' },
    faults: { type: 'string', default: 'Infinity' },
    lines: { type: 'string', default: '30' },
  },
})

const report = await runSeeds({
  from: Number(values.from),
  count: Number(values.seeds),
  secondsMax: Number(values['seconds-max']),
  bounds: { operationsMax: Number(values.operations), faultsMax: Number(values.faults) },
  linesMax: Number(values.lines),
  print: (line) => console.log(line),
})
process.exitCode = report.failures.length === 0 ? 0 : 1
