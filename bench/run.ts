/**
 * npm run bench -- [--apache] [--only start,memory,partitions,produce,flush,fetch,recovery,java] [--seconds N] [--rounds N]
 *
 * Every figure stands beside a floor program or a peer of the same run: machines differ and are noisy, ratios hold. What the rows mean stands in
 * docs/benchmarks.md.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { kafkaJars } from '../test/harness/apache.ts'
import { endAllChildren, projectRoot, runOk } from '../test/harness/processes.ts'
import { fetchCase } from './cases/fetch.ts'
import { javaCase } from './cases/java.ts'
import { memoryCase, partitionsCase } from './cases/memory.ts'
import { produceCase } from './cases/produce.ts'
import { recoveryCase } from './cases/recovery.ts'
import { startCase } from './cases/start.ts'
import type { BenchOptions } from './lib/options.ts'
import { Table } from './lib/table.ts'

const CASES: Readonly<Record<string, (table: Table, options: BenchOptions) => Promise<void>>> = {
  start: startCase,
  memory: memoryCase,
  partitions: partitionsCase,
  produce: (table, options) => produceCase(table, { ...options, flush: false }),
  flush: (table, options) => produceCase(table, { ...options, flush: true }),
  fetch: fetchCase,
  recovery: recoveryCase,
  // Needs Apache Kafka's jars for its clients and is about the comparison.
  java: (table, options) => (options.apache ? javaCase(table, options) : Promise.resolve()),
}

const { values } = parseArgs({
  options: {
    apache: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(CASES).join(',') },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
  },
})
const options: BenchOptions = {
  apache: values.apache,
  rounds: Number(values.rounds),
  durationMs: Number(values.seconds) * 1000,
}
const table = new Table()

if (!existsSync(join(projectRoot, 'dist'))) await runOk('npm', ['run', 'build'])
if (options.apache) await kafkaJars()
try {
  for (const name of values.only.split(',')) {
    const run = CASES[name]
    if (run === undefined)
      throw new Error(`--only ${name}: no such case, allowed are ${Object.keys(CASES).join(', ')}`)
    await run(table, options)
  }
} finally {
  await endAllChildren()
  table.print()
}
