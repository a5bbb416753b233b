/**
 * npm run bench -- [--apache] [--only produce,fetch,start,memory,recovery] [--seconds N]
 *
 * Every figure stands beside a floor program or a peer of the same run: machines differ and are noisy, ratios hold.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endAllChildren, projectRoot, runOk } from '../test/harness/processes.ts'
import { fetchCase, produceCase } from './cases/produce.ts'
import { recoveryCase } from './cases/recovery.ts'
import { memoryCase, startCase } from './cases/start.ts'
import { Table } from './lib/table.ts'

const { values } = parseArgs({
  options: {
    apache: { type: 'boolean', default: false },
    only: { type: 'string', default: 'start,memory,produce,flush,fetch,recovery' },
    seconds: { type: 'string', default: '4' },
  },
})
const only = new Set(values.only.split(','))
const options = { apache: values.apache, durationMs: Number(values.seconds) * 1000 }
const table = new Table()

if (!existsSync(join(projectRoot, 'dist'))) await runOk('npm', ['run', 'build'])
try {
  if (only.has('start')) await startCase(table, options)
  if (only.has('memory')) await memoryCase(table)
  if (only.has('produce')) await produceCase(table, { ...options, flush: false })
  if (only.has('flush')) await produceCase(table, { ...options, flush: true })
  if (only.has('fetch')) await fetchCase(table, options)
  if (only.has('recovery')) await recoveryCase(table, options)
} finally {
  await endAllChildren()
}
table.print()
