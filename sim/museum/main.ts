/**
 * Shows all bugs of the museum, one after another, and in how many seeds each is found.
 *
 *     node sim/museum/main.ts [--profile storage|cluster] [name ...]
 */
import { parseArgs } from 'node:util'
import { exhibits } from './exhibits/index.ts'
import { show } from './show.ts'

const { values, positionals } = parseArgs({
  options: { profile: { type: 'string' } },
  allowPositionals: true,
})
const wanted = exhibits.filter(
  ({ name, profile }) =>
    (positionals.length === 0 || positionals.includes(name)) &&
    (values.profile === undefined || values.profile === profile),
)
if (wanted.length === 0) throw new Error('Cannot show anything: no exhibit has that name')
let missed = 0
for (const exhibit of wanted) {
  const { seed, complaint, seconds, output } = await show(exhibit)
  const outcome = seed === null ? `NOT FOUND in ${exhibit.seeds} seeds` : `seed ${seed}`
  console.log(
    `${exhibit.name}: ${outcome} of ${exhibit.seeds}, ${seconds.toFixed(1)} s: ${complaint}`,
  )
  if (seed !== null) continue
  missed += 1
  console.log(output)
}
console.log(`${wanted.length - missed} of ${wanted.length} found`)
process.exitCode = missed === 0 ? 0 : 1
