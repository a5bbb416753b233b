/** Every bug of the museum still fits the code, and those that are found quickly are found. The others: `node sim/museum/main.ts`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exhibits } from './exhibits/index.ts'
import { patchedSources } from './patching.ts'
import { show } from './show.ts'

/** What takes more seeds takes too long for every test run. */
const QUICK_SEEDS = 60

test.each(exhibits.map((exhibit) => [exhibit.name, exhibit] as const))(
  '%s fits the code',
  (_name, exhibit) => {
    expect(patchedSources(exhibit).size).toBeGreaterThan(0)
  },
)

test('a patch whose text is not there once is refused', () => {
  const [exhibit] = exhibits
  if (exhibit === undefined) throw new Error('The museum is empty')
  const patches = [{ file: 'sim/museum/exhibit.ts', find: 'no such text', replace: '' }]
  expect(() => patchedSources({ ...exhibit, patches })).toThrow('wanted one')
})

test('the page in docs has all of them, with their numbers of seeds', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/bug-museum.md'), 'utf8')
  for (const { name, title, source, seeds } of exhibits) {
    expect(page).toContain(`| \`${name}\` | ${title} | ${source} | ${seeds} |`)
  }
})

test('exhibits have names of their own', () => {
  expect(new Set(exhibits.map(({ name }) => name)).size).toBe(exhibits.length)
})

describe('found within its number of seeds:', () => {
  const quick = exhibits.filter(({ seeds }) => seeds <= QUICK_SEEDS)

  test.each(quick.map((exhibit) => [exhibit.name, exhibit] as const))(
    '%s',
    { timeout: 120_000 },
    async (_name, exhibit) => {
      const { seed, output } = await show(exhibit)
      expect(seed, output).not.toBeNull()
    },
  )
})
