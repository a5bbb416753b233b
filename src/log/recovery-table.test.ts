/** docs/recovery.md says what recovery does, and which test holds it to that: the tests must be there. */
import { expect, test } from 'vitest'
import { realDisk } from './test-support.ts'

const here = import.meta.dirname
const table = realDisk.readFile(`${here}/../../docs/recovery.md`).toString('utf8')

/** File and name of the test in the last column of each row. */
const rows = table
  .split('\n')
  .map((line) => /^\| (.+) \| .+ \| `([\w./-]+)`: (.+) \|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, found = '', file = '', name = '']) => ({ found, file, name }))

test('the table has its rows', () => {
  expect(rows.length).toBeGreaterThanOrEqual(25)
})

test.each(rows)('$found: has its test', ({ file, name }) => {
  const source = realDisk.readFile(`${here}/${file}`).toString('utf8')
  // A name in quotes of its own, or the beginning of one that counts its cases.
  expect(source.includes(`'${name}'`) || source.includes(`'${name} (`)).toBe(true)
})
