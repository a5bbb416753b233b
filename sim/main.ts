/**
 * Runs seeds of a profile of the simulator.
 *
 *     node sim/main.ts --seeds 1000 --from 1 [--profile storage] [--seconds-max 60]
 *     node sim/main.ts --seeds 1 --from 77 --operations 40 --faults 3 --lines 500   # one again, smaller, with its trace
 *     node sim/main.ts --exhibit torn-tail-served                                   # with a bug of the museum, until it is found
 */
import { parseArgs } from 'node:util'
import { exhibits } from './museum/exhibits/index.ts'
import { putBack } from './museum/patching.ts'

const { values } = parseArgs({
  options: {
    profile: { type: 'string' },
    exhibit: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    'seconds-max': { type: 'string', default: 'Infinity' },
    operations: { type: 'string', default: 'Infinity' },
    faults: { type: 'string', default: 'Infinity' },
    lines: { type: 'string', default: '30' },
  },
})

const exhibit = exhibits.find(({ name }) => name === values.exhibit) ?? null
if (values.exhibit !== undefined) {
  if (exhibit === null) throw new Error(`Cannot show ${values.exhibit}: no exhibit has that name`)
  putBack(exhibit)
}

// Imported only now, so that an exhibit can change what is imported.
const profile = values.profile ?? exhibit?.profile ?? 'storage'
const { simulations } = await import('./simulations.ts')
const simulation = simulations.find(({ name }) => name === profile)
if (simulation === undefined) throw new Error(`Cannot run ${profile}: no profile has that name`)
const report = await simulation.runSeeds({
  from: Number(values.from),
  count: Number(values.seeds ?? exhibit?.seeds ?? 100),
  secondsMax: Number(values['seconds-max']),
  bounds: { operationsMax: Number(values.operations), faultsMax: Number(values.faults) },
  linesMax: Number(values.lines),
  exhibit: exhibit?.name ?? null,
  print: (line) => console.log(line),
})
process.exitCode = report.failures.length === 0 ? 0 : 1
