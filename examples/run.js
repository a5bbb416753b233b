/** Runs an example: from the sources in a working copy, from the built package elsewhere. `node examples/run.js kv [directory]` */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const [name = '', ...args] = process.argv.slice(2)
const main = join(import.meta.dirname, name, 'main.js')
if (name === '' || !existsSync(main)) {
  console.error('Cannot run the example: name one of kv, pages, cache, outbox')
  process.exit(2)
}
const isWorkingCopy = existsSync(join(import.meta.dirname, '../src/log'))
const flags = isWorkingCopy ? ['--conditions=highwater-source'] : []
const { status } = spawnSync(process.execPath, [...flags, main, ...args], { stdio: 'inherit' })
process.exit(status ?? 1)
