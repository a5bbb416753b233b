/** The packed tarball in an empty project: what somebody gets who installs it. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { projectRoot, runOk, temporaryFolder } from '../harness/processes.ts'

const EXAMPLES = ['kv', 'pages', 'cache', 'outbox']
const MINUTES = 60_000

let home = ''
let project = ''

beforeAll(async () => {
  home = temporaryFolder('package')
  await runOk('npm', ['pack', '--pack-destination', home], { timeoutMs: 3 * MINUTES })
  const tarball = readdirSync(home).find((name) => name.endsWith('.tgz')) ?? ''
  project = temporaryFolder('project')
  write('package.json', JSON.stringify({ name: 'empty', private: true }))
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', join(home, tarball)]
  await runOk('npm', args, { cwd: project, timeoutMs: 3 * MINUTES })
}, 6 * MINUTES)

function write(name: string, text: string): void {
  writeFileSync(join(project, name), text)
}

/** Runs a file of the project; what it printed. */
async function node(...args: string[]): Promise<string> {
  const { stdout } = await runOk(process.execPath, args, { cwd: project })
  return stdout
}

const PROGRAM = `
const main = async () => {
  const log = await openLog(process.argv[2])
  const { offset, durable } = log.append('hello')
  await durable
  for await (const record of log.iterate()) console.log(record.offset, String(record.value))
  await log.close()
  const refused = await openLog('').catch((error) => error)
  console.log(refused instanceof LogError, refused.code, offset)
}
main()
`

describe('highwater/log', () => {
  it('works from an ES module and from CommonJS, on the same files', async () => {
    write('program.mjs', `import { openLog, LogError } from 'highwater/log'\n${PROGRAM}`)
    write('program.cjs', `const { openLog, LogError } = require('highwater/log')\n${PROGRAM}`)
    expect(await node('program.mjs', 'shared')).toBe('0 hello\ntrue INVALID 0\n')
    expect(await node('program.cjs', 'shared')).toBe('0 hello\n1 hello\ntrue INVALID 1\n')
  })

  it('has types for both', async () => {
    const body = `
const use = async (): Promise<number> => {
  const log: Log = await openLog('x', { segmentBytes: 1024, onEvent: ({ event }) => void event })
  const { offset, durable } = log.append({ key: 'k', value: new Uint8Array(1) })
  await durable
  for await (const { value } of log.tail(offset, { durable: true })) return value?.length ?? 0
  // @ts-expect-error there is no such option
  await openLog('x', { segmentByte: 1 })
  return log.recovery.cut?.sizeBytes ?? 0
}
`
    write('esm.mts', `import { openLog, type Log } from 'highwater/log'\n${body}\nexport { use }\n`)
    write(
      'cjs.cts',
      `import log = require('highwater/log')\nimport openLog = log.openLog\ntype Log = log.Log\n${body}\nexport = use\n`,
    )
    const settings = { strict: true, module: 'nodenext', target: 'es2024', noEmit: true }
    const types = join(projectRoot, 'node_modules', '@types')
    const compilerOptions = { ...settings, typeRoots: [types], types: ['node'] }
    write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.mts', '*.cts'] }))
    await runOk('npx', ['tsc', '-p', project])
  })

  it('loads nothing of the server', async () => {
    // Whatever is loaded, by import or require, passes these hooks.
    write(
      'graph.mjs',
      `import { registerHooks } from 'node:module'
const loaded = new Set()
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    loaded.add(found.url.replace(/.*node_modules\\//, ''))
    return found
  },
})
const { openLog } = await import('highwater/log')
const log = await openLog('graph')
await log.append('x').durable
await log.close()
console.log(JSON.stringify([...loaded]))
`,
    )
    const loaded = JSON.parse(await node('graph.mjs')) as string[]
    const own = loaded.filter((url) => url.startsWith('highwater/'))
    expect(own).toEqual(['highwater/dist/log/index.js'])
    const others = loaded.filter((url) => !url.startsWith('highwater/'))
    const builtin = /^node:(buffer|crypto|fs|module|path|sqlite|zlib|tty)$/
    const small = /^(properties-file|@node-rs\/crc32)/
    expect(others.filter((url) => !builtin.test(url) && !small.test(url))).toEqual([])
  })
})

describe('the examples', () => {
  it.each(EXAMPLES)('%s runs as an ES module', async (name) => {
    write(`${name}.mjs`, `import 'highwater/examples/${name}/main.js'\n`)
    expect(await node(`${name}.mjs`, `data-${name}`)).not.toBe('')
  })

  it.each(EXAMPLES)('%s runs from CommonJS', async (name) => {
    write(
      `${name}.cjs`,
      `const example = require('highwater/examples/${name}/${name}.js')
const { openLog } = require('highwater/log')
const path = 'cjs-${name}'
const programs = {
  kv: async () => {
    const store = await example.openStore(path)
    await store.set('a', '1')
    console.log(store.get('a'))
    await store.close()
  },
  pages: async () => {
    const pages = await example.openPages(path)
    await pages.write([{ page: 3, at: 5, bytes: Buffer.from('1') }])
    console.log(String(pages.read(3, 5, 1)))
    await pages.close()
  },
  cache: async () => {
    const cache = await example.openCache(path, { fsync: 'always' })
    console.log(await cache.incr('a'))
    await cache.close()
  },
  outbox: async () => {
    const { promise, resolve } = Promise.withResolvers()
    const outbox = await example.openOutbox(path, { deliver: async ({ order }) => resolve(order.id) })
    await outbox.place({ id: 1, customer: 'c' })
    console.log(await promise)
    await outbox.close()
  },
}
programs.${name}().then(async () => {
  // The files are a log of the other build as well.
  const log = await openLog(path + '${name === 'pages' ? '/redo' : ''}')
  console.log(log.recovery.clean)
  await log.close()
})
`,
    )
    expect(await node(`${name}.cjs`)).toBe('1\ntrue\n')
  })

  it('run by their scripts in the installed package', async () => {
    const cwd = join(project, 'node_modules', 'highwater')
    for (const name of EXAMPLES) {
      const path = join(project, `script-${name}`)
      await runOk('npm', ['run', '-s', `example:${name}`, '--', path], { cwd })
    }
    expect(readdirSync(join(cwd, 'examples'))).not.toContain('crash')
  })
})

describe('the command', () => {
  it('dumps what an embedded log has written', async () => {
    await node('program.mjs', 'dumped')
    const file = 'dumped/log-0/00000000000000000000.log'
    const { stdout } = await runOk('npx', ['highwater', 'dump', file, '-r'], { cwd: project })
    expect(stdout).toContain('hello')
  })
})
