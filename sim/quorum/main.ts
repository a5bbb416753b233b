/**
 * Runs seeds of the quorum's message soup.
 *
 *     node sim/quorum/main.ts --seeds 10000 --from 1
 *     node sim/quorum/main.ts --seeds 1 --from 77 --lines 300     # one again, with its trace
 */
import { parseArgs } from 'node:util'
import { runSeed } from './run.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    lines: { type: 'string', default: '0' },
    'failures-max': { type: 'string', default: '5' },
  },
})
const from = Number(values.from)
const startedUs = process.cpuUsage().user
let failures = 0
let events = 0
let virtualMs = 0
let elections = 0
let committed = 0
let seed = from
for (; seed < from + Number(values.seeds) && failures < Number(values['failures-max']); seed++) {
  const outcome = runSeed(seed, Number(values.lines))
  events += outcome.events
  virtualMs += outcome.virtualMs
  elections += outcome.elections
  committed += outcome.committed
  if (outcome.failure === null && values.lines === '0') continue
  for (const line of outcome.lines) console.log(`  ${line}`)
  if (outcome.failure === null) continue
  failures += 1
  const { failure } = outcome
  console.log(`seed ${seed}: ${failure.name === 'Violation' ? failure.message : failure.stack}`)
}
const cpuSeconds = (process.cpuUsage().user - startedUs) / 1e6
console.log(
  `${seed - from} seeds, ${failures} failed; ${events} events, ${elections} elections, ${committed} records committed, ${Math.round(virtualMs / 1000)} virtual seconds in ${cpuSeconds.toFixed(1)} CPU seconds`,
)
process.exitCode = failures === 0 ? 0 : 1
