/**
 * Holds the import order of the rooms (ARCHITECTURE.md) and the seams.
 *
 * A room may import only the rooms named for it below, and only through their `index.ts`.
 * The world (time, disk, network, randomness) is touched only under `src/io/node`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'

/** room → rooms it may import; `*` is every room listed above it. Lowest first. */
const MAY_IMPORT: ReadonlyArray<readonly [room: string, may: readonly string[] | '*']> = [
  ['base', []],
  ['io', ['base']],
  ['wire', ['base']],
  ['records', ['base', 'wire']],
  ['log', ['base', 'io', 'wire', 'records']],
  ['protocol', ['base', 'wire']],
  ['rpc', ['base', 'io', 'wire', 'protocol']],
  ['metadata', ['base', 'wire', 'records']],
  ['quorum', ['base', 'io', 'wire', 'records', 'log', 'protocol', 'rpc', 'metadata']],
  ['controller', ['base', 'io', 'metadata', 'protocol', 'quorum']],
  ['replication', ['base', 'io', 'records', 'log', 'metadata', 'protocol', 'rpc']],
  ['coordinators', ['base', 'io', 'wire', 'records', 'metadata', 'protocol', 'replication', 'log']],
  ['server', '*'],
  ['node', '*'],
  ['cli', '*'],
  ['testing', '*'],
]

/** What only `src/io/node` may touch; each with what to use instead. */
const WORLD: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bDate\.now\(/, 'Clock.wallMs'],
  [/\bnew Date\(\)/, 'Clock.wallMs'],
  [/\bperformance\.now\(/, 'Clock.monotonicMs'],
  [/\bMath\.random\(/, 'Entropy'],
  [/\brandomUUID\(|from 'node:crypto'/, 'Entropy'],
  [/(?<![.\w])(setTimeout|setInterval|setImmediate)\(/, 'Clock'],
  [/AbortSignal\.timeout|timers\/promises|\bWeakRef\b|FinalizationRegistry/, 'Clock'],
  [
    /from 'node:(fs|fs\/promises|net|tls|dgram|dns|http|https|worker_threads|timers)'/,
    'a seam of src/io',
  ],
]
/** Command line tools run in the user's terminal, never in the simulator: they may read files and the clock. */
const OUTSIDE_THE_SIMULATOR = ['src/io/node/', 'src/cli/', 'src/testing/']

const root = normalize(join(import.meta.dirname, '..'))
const rooms = MAY_IMPORT.map(([room]) => room)
const problems: string[] = []

function* sourceFiles(dir: string): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* sourceFiles(path)
    else if (entry.name.endsWith('.ts')) yield path
  }
}

function allowedFor(room: string): readonly string[] {
  const index = rooms.indexOf(room)
  const may = MAY_IMPORT[index]?.[1]
  return may === '*' ? rooms.slice(0, index) : (may ?? [])
}

function checkImport(file: string, room: string, specifier: string): void {
  const target = relative(join(root, 'src'), join(dirname(join(root, file)), specifier)).split(sep)
  const targetRoom = target[0] ?? ''
  if (targetRoom === room || targetRoom === '..') return
  if (!allowedFor(room).includes(targetRoom)) {
    problems.push(`${file}: room '${room}' may not import '${targetRoom}' (${specifier})`)
  } else if (target.at(-1) !== 'index.ts') {
    problems.push(`${file}: import another room by its index.ts, not ${specifier}`)
  }
}

let count = 0
for (const path of sourceFiles(join(root, 'src'))) {
  const file = relative(root, path).split(sep).join('/')
  const room = file.split('/')[1] ?? ''
  if (!rooms.includes(room)) problems.push(`${file}: '${room}' is not a room of tools/layers.ts`)
  const text = readFileSync(path, 'utf8')
  const isTest = /\.(test|conformance)\.ts$/.test(file)
  count += 1
  if (!isTest) {
    for (const match of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      checkImport(file, room, match[1] ?? '')
    }
  }
  if (isTest || OUTSIDE_THE_SIMULATOR.some((prefix) => file.startsWith(prefix))) continue
  const lines = text.split('\n')
  lines.forEach((line, index) => {
    if (/^\s*(\/\/|\*|\/\*)/.test(line)) return
    for (const [pattern, instead] of WORLD) {
      if (pattern.test(line)) {
        problems.push(`${file}:${index + 1}: touches the world outside src/io/node; use ${instead}`)
      }
    }
  })
}

if (count === 0) problems.push('no source file found: the check itself is broken')
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(`layers: ${count} files in ${rooms.length} rooms keep the import order and the seams`)
