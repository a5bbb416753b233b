/** The commands as a user calls them, against a node as a user starts it. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HighwaterNode } from '../harness/highwater.ts'
import { Child, freePorts, projectRoot, run, temporaryFolder } from '../harness/processes.ts'
import type { ChildOptions, Finished } from '../harness/processes.ts'

let node: HighwaterNode
let home = ''

beforeAll(async () => {
  home = temporaryFolder('cli')
  node = await HighwaterNode.create({ settings: { 'group.initial.rebalance.delay.ms': '0' } })
  await node.start()
})

afterAll(() => node.stop())

const main = join(projectRoot, 'src', 'cli', 'main.ts')

function options(more: ChildOptions): ChildOptions {
  const env = {
    HIGHWATER_BOOTSTRAP: node.bootstrap,
    HIGHWATER_CONTEXT: undefined,
    KAFKA_BOOTSTRAP_SERVERS: undefined,
    XDG_CONFIG_HOME: home,
    // Two hundred starts: let the first compile for all.
    NODE_COMPILE_CACHE: join(home, 'compiled'),
    NODE_OPTIONS: undefined,
  }
  return { timeoutMs: 30_000, cwd: home, ...more, env: { ...env, ...more.env } }
}

/** Runs a command to its end. */
function hw(args: readonly string[], more: ChildOptions = {}): Promise<Finished> {
  return run(process.execPath, [main, ...args], options(more))
}

/** Runs a command that must succeed; returns what it printed. */
async function ok(args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await hw(args, { stdin })
  if (code !== 0) throw new Error(`highwater ${args.join(' ')}: exit ${code}: ${stderr}`)
  return stdout
}

/** The JSON that a command prints. */
async function json(args: readonly string[], stdin = ''): Promise<unknown> {
  return JSON.parse(await ok([...args, '--format', 'json'], stdin)) as unknown
}

async function lines(args: readonly string[], stdin = ''): Promise<string[]> {
  return (await ok(args, stdin)).split('\n').slice(0, -1)
}

describe('topic and config', () => {
  it('create, describe, alter, grow and delete a topic', async () => {
    const config = ['-c', 'retention.ms=60000']
    expect(await json(['topic', 'create', 'life', '-p', '2', ...config])).toMatchObject({
      topics: [{ name: 'life', created: true, partitions: 2, replicas: 1 }],
    })
    expect((await hw(['topic', 'create', 'life'])).code).toBe(1)
    expect((await hw(['topic', 'create', 'life', '--if-not-exists'])).code).toBe(0)
    await ok(['topic', 'add-partitions', 'life', '--by', '1'])
    await ok(['topic', 'alter', 'life', '--set', 'segment.ms=70000', '--delete', 'retention.ms'])
    const described = await json(['topic', 'describe', 'life'])
    expect(described).toMatchObject({ topics: [{ configs: { 'segment.ms': '70000' } }] })
    expect(described).toMatchObject({
      topics: [{ partitions: [0, 1, 2].map((partition) => ({ partition, start: 0, end: 0 })) }],
    })
    expect(await lines(['topic', 'list'])).toContainEqual(expect.stringMatching(/^life +3 +1$/))
    await ok(['topic', 'delete', 'life'])
    expect((await hw(['topic', 'delete', 'life'])).stderr).toContain('UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('set and delete configuration, and refuse what is none', async () => {
    await ok(['topic', 'create', 'configured'])
    await ok(['config', 'set', 'topic', 'configured', 'retention.ms=5000'])
    const value = { name: 'retention.ms', value: '5000', source: 'topic' }
    const describe = ['config', 'describe', 'topic', 'configured']
    expect(await json(describe)).toMatchObject({
      configs: expect.arrayContaining([expect.objectContaining(value)]),
    })
    const refused = await hw(['config', 'set', 'topic', 'configured', 'retention.ms=soon'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('INVALID_CONFIG') })
    await ok(['config', 'delete', 'topic', 'configured', 'retention.ms'])
    expect(await json(describe)).not.toMatchObject({ configs: [value] })
  })

  it('trim only with --execute', async () => {
    await ok(['produce', 'trimmed'], '1\n2\n3\n')
    const trim = ['topic', 'trim', 'trimmed', '--before', '-1']
    expect(await json(trim)).toMatchObject({ executed: false, partitions: [{ newStart: 2 }] })
    expect(await lines(['consume', 'trimmed', '-e'])).toEqual(['1', '2', '3'])
    expect(await json([...trim, '--execute'])).toMatchObject({ executed: true })
    expect(await lines(['consume', 'trimmed', '-e'])).toEqual(['3'])
  })
})

describe('produce and consume', () => {
  it('carry keys, headers and tombstones', async () => {
    await ok(['produce', 'kinds', '-K:', '-Z', '-H', 'h=1'], 'k:v\nk:\nplain\n')
    const format = '%p@%o %k=%s (%K,%S) %h\\n'
    expect(await lines(['consume', 'kinds', '-e', '-f', format, '-Z'])).toEqual([
      '0@0 k=v (1,1) h=1',
      '0@1 k=NULL (1,-1) h=1',
      '0@2 NULL=plain (-1,5) h=1',
    ])
  })

  it('carry everything through JSON lines and back', async () => {
    const binary = randomBytes(50).toString('base64')
    const input = [
      { key: 'k', payload: 'v', headers: ['a', '1', 'b', null], ts: 1000 },
      { key: null, payload: null, ts: 2000 },
      { key: { base64: binary }, payload: { base64: binary }, ts: 3000 },
      { key: '日本', payload: 'zwei\nZeilen', ts: 4000 },
    ]
    const text = input.map((record) => `${JSON.stringify(record)}\n`).join('')
    expect(await json(['produce', 'json-1'], text)).toMatchObject({ records: 4 })
    const consumed = await ok(['consume', 'json-1', '-e', '-f', 'json'])
    await ok(['produce', 'json-2', '-f', 'json'], consumed)
    const again = await ok(['consume', 'json-2', '-e', '-f', 'json'])
    expect(again).toBe(consumed.replaceAll('json-1', 'json-2'))
    const records = again
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(records).toMatchObject(input)
  })

  it('carry bytes unchanged, in every codec', async () => {
    const file = join(home, 'bytes')
    const content = Buffer.concat([randomBytes(100_000), Buffer.alloc(100_000)])
    writeFileSync(file, content)
    const carry = async (codec: string): Promise<Buffer> => {
      await ok(['produce', `bytes-${codec}`, '--whole', file, '-z', codec])
      return (await hw(['consume', `bytes-${codec}`, '-e', '-f', '%s'])).stdoutBytes
    }
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      expect((await carry(codec)).equals(content), codec).toBe(true)
    }
  })

  it('read ranges, counts and times', async () => {
    const beginMs = Date.now() - 1000
    const text = Array.from(
      { length: 100 },
      (_, index) => `{"payload":"${index}","ts":${beginMs + index}}\n`,
    )
    await ok(['produce', 'ranges', '-f', 'json'], text.join(''))
    const read = (...args: string[]): Promise<string[]> => lines(['consume', 'ranges', ...args])
    expect(await read('-o', '10..13')).toEqual(['10', '11', '12'])
    expect(await read('-o', '-2', '-e')).toEqual(['98', '99'])
    expect(await read('-o', '+97..end')).toEqual(['97', '98', '99'])
    expect(await read('-o', '50', '-c', '2')).toEqual(['50', '51'])
    expect(await read('-o', `@${beginMs + 40}..@${beginMs + 42}`)).toEqual(['40', '41'])
    expect(await read('-o', 'end', '-e')).toEqual([])
  })

  it('spread keys as the Java client does', async () => {
    await ok(['topic', 'create', 'keys', '-p', '7'])
    await ok(['produce', 'keys', '-K:'], '21:a\nfoobar:b\n')
    expect((await lines(['consume', 'keys', '-e', '-f', '%k %p\\n'])).toSorted()).toEqual([
      `21 ${(-973_932_308 & 0x7fff_ffff) % 7}`,
      `foobar ${(-790_332_482 & 0x7fff_ffff) % 7}`,
    ])
  })

  it('produce what came before a bad line, and say which one it was', async () => {
    const bad = await hw(['produce', 'bad', '-f', 'json'], { stdin: '{"payload":"a"}\nnot json\n' })
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('record 2 of stdin') })
    expect(await lines(['consume', 'bad', '-e'])).toEqual(['a'])
  })

  it('do nothing for empty input', async () => {
    expect(await json(['produce', 'empty'])).toEqual({ topic: 'empty', records: 0, partitions: [] })
    expect(await lines(['consume', 'empty', '-e'])).toEqual([])
  })

  it('refuse a record that is too large, and take the rest of a large batch in parts', async () => {
    const large = await hw(['produce', 'large', '--whole'], { stdin: 'x'.repeat(2_000_000) })
    expect(large).toMatchObject({ code: 1, stderr: expect.stringContaining('MESSAGE_TOO_LARGE') })
    await ok(['topic', 'create', 'small', '-c', 'max.message.bytes=2000'])
    const text = Array.from({ length: 1000 }, (_, index) => `${index}\n`).join('')
    await ok(['produce', 'small'], text)
    expect(await ok(['consume', 'small', '-e'])).toBe(text)
  })

  it('end well when nobody reads on', async () => {
    await ok(['produce', 'pipe'], 'line\n'.repeat(200_000))
    const command = `"${process.execPath}" "${main}" consume pipe | head -1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await run('bash', ['-c', command], options({}))
    expect({ stdout, stderr }).toEqual({ stdout: 'line\n0\n', stderr: '' })
  })

  it('follow a topic until they are told to stop', async () => {
    await ok(['topic', 'create', 'live'])
    const consumer = new Child(process.execPath, [main, 'consume', 'live'], options({}))
    await ok(['produce', 'live'], 'one\n')
    await consumer.waitForOutput(/one/, 10_000)
    await ok(['produce', 'live'], 'two\n')
    await consumer.waitForOutput(/two/, 10_000)
    consumer.kill('SIGINT')
    expect(await consumer.ended).toEqual({ code: 0, signal: null })
  })
})

describe('produce and consume across a kill of the node', () => {
  it('lose and repeat nothing', async () => {
    const other = await HighwaterNode.create()
    await other.start()
    const env = { HIGHWATER_BOOTSTRAP: other.bootstrap }
    await hw(['topic', 'create', 'kill', '-p', '2'], { env })
    const following = new Child(process.execPath, [main, 'consume', 'kill'], options({ env }))
    const producer = new Child(process.execPath, [main, 'produce', 'kill'], options({ env }))
    const written: string[] = []
    for (let number = 0; number < 40; number++) {
      written.push(`record-${number}`)
      producer.write(`record-${number}\n`)
      if (number === 15) await following.waitForOutput(/record-/, 10_000)
      if (number === 20) await other.kill()
      if (number === 30) await other.start()
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    }
    producer.endStdin()
    expect((await producer.ended).code).toBe(0)
    const all = (): number => following.stdout.split('\n').length - 1
    await expect.poll(all, { timeout: 20_000 }).toBe(written.length)
    following.kill('SIGTERM')
    expect((await following.ended).code).toBe(0)
    expect(following.stdout.trimEnd().split('\n').toSorted()).toEqual(written.toSorted())
    await other.stop()
  })
})

describe('group', () => {
  it('reads on where it stopped, and shows its lag', async () => {
    await ok(['produce', 'work'], '1\n2\n3\n')
    const read = ['consume', 'work', '-G', 'workers', '-e']
    expect(await lines([...read, '-c', '2'])).toEqual(['1', '2'])
    const described = await json(['group', 'describe', 'workers'])
    expect(described).toMatchObject({ groups: [{ state: 'Empty', lag: 1 }] })
    expect(await lines(read)).toEqual(['3'])
    expect(await lines(read)).toEqual([])
    expect(await lines(['group', 'list'])).toContainEqual(expect.stringMatching(/^workers +Empty/))
  })

  it('shares partitions, and takes over those of one that leaves', async () => {
    await ok(['topic', 'create', 'shared', '-p', '2'])
    const args = [main, 'consume', 'shared', '-G', 'sharing', '-f', '%p\\n']
    const first = new Child(process.execPath, args, options({}))
    const second = new Child(process.execPath, args, options({}))
    const isShared = async (): Promise<boolean> => {
      const text = await ok(['group', 'describe', 'sharing', '--format', 'json']).catch(() => '')
      return /"state":"Stable"/.test(text) && text.split('"memberId"').length === 3
    }
    await expect.poll(isShared, { timeout: 20_000 }).toBe(true)
    await ok(['produce', 'shared', '-p', '0'], 'a\n')
    await ok(['produce', 'shared', '-p', '1'], 'a\n')
    await Promise.all([first, second].map((child) => child.waitForOutput(/[01]/, 10_000)))
    expect([first.stdout, second.stdout].toSorted()).toEqual(['0\n', '1\n'])
    second.kill('SIGTERM')
    expect((await second.ended).code).toBe(0)
    await ok(['produce', 'shared', '-p', '0'], 'b\n')
    await ok(['produce', 'shared', '-p', '1'], 'b\n')
    const both = (): boolean => ['0', '1'].every((p) => first.stdout.includes(p))
    await expect.poll(both, { timeout: 20_000 }).toBe(true)
    first.kill('SIGTERM')
    expect((await first.ended).code).toBe(0)
    expect(`${first.stdout}${second.stdout}`.trim().split('\n')).toHaveLength(4)
  })

  it('moves its offsets only with --execute, and can be deleted', async () => {
    await ok(['produce', 'moved'], '1\n2\n3\n')
    const read = ['consume', 'moved', '-G', 'movers', '-e']
    await ok(read)
    const reset = ['group', 'reset-offsets', 'movers', '--to', '-1']
    const planned = [{ topic: 'moved', partition: 0, current: 3, offset: 2 }]
    expect(await json(reset)).toMatchObject({ executed: false, partitions: planned })
    expect(await lines(read)).toEqual([])
    expect(await json([...reset, '--execute'])).toMatchObject({ executed: true })
    expect(await lines(read)).toEqual(['3'])
    await ok(['group', 'delete-offsets', 'movers', '-t', 'moved'])
    expect(await json(['group', 'describe', 'movers'])).toMatchObject({ groups: [{ lag: null }] })
    await ok(['group', 'delete', 'movers'])
    expect((await hw(['group', 'delete', 'movers'])).code).toBe(1)
  })
})

describe('cluster', () => {
  it('shows itself and is healthy', async () => {
    expect(await json(['cluster', 'info'])).toMatchObject({
      controllerId: 1,
      nodes: [{ id: 1, isFenced: false }],
    })
    expect(await ok(['cluster', 'health'])).toMatch(/^Healthy/)
    expect(await ok(['cluster', 'id'])).toMatch(/^[\w-]{22}\n$/)
  })

  it('is waited for until it is there', async () => {
    const [port] = await freePorts(1)
    const bootstrap = `127.0.0.1:${port}`
    const wait = ['cluster', 'health', '-b', bootstrap, '--wait']
    expect(await hw([...wait, '300ms'])).toMatchObject({ code: 1 })
    const waiting = hw([...wait, '25s'])
    const args = ['start', '--set', `listeners=PLAINTEXT://${bootstrap}`]
    const settings = ['--set', `log.dirs=${join(home, 'late')}`, '--set', 'http.listener=']
    const late = new Child(process.execPath, [main, ...args, ...settings], options({}))
    expect(await waiting).toMatchObject({ code: 0 })
    await late.stop()
  })
})

describe('dump', () => {
  it('shows segments, indexes, metadata and group offsets', async () => {
    await ok(['produce', 'dumped', '-K:'], 'k:v\n')
    await ok(['consume', 'dumped', '-G', 'dumpers', '-e'])
    const segment = '00000000000000000000.log'
    expect(await ok(['dump', join(node.logDir, 'dumped-0', segment), '-r'])).toContain(
      'key: k payload: v',
    )
    expect(await ok(['dump', node.logDir])).toContain('partition dir: dumped-0')
    const metadata = await ok(['dump', join(node.logDir, '__cluster_metadata-0', segment)])
    expect(metadata).toContain('type: topic value: {"name":"dumped"')
    const offsets = await run('sh', [
      '-c',
      `"${process.execPath}" "${main}" dump "${node.logDir}"/__consumer_offsets-*/*.log`,
    ])
    expect(offsets.stdout).toContain('type: offset group: dumpers topic: dumped partition: 0')
    expect(offsets.code).toBe(0)
  })

  it('fails for damage, and shows the rest', async () => {
    const dir = join(home, 'damaged-0')
    mkdirSync(dir)
    const path = join(dir, '00000000000000000000.log')
    writeFileSync(path, Buffer.alloc(100, 1))
    const { code, stdout } = await hw(['dump', path])
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^problem/) })
  })
})

describe('every command', () => {
  it('says what to do when nothing listens', async () => {
    const [port] = await freePorts(1)
    const bootstrap = `127.0.0.1:${port}`
    const failed = await hw(['topic', 'list', '-b', bootstrap, '--format', 'json'])
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('highwater start') })
    expect(JSON.parse(failed.stdout)).toMatchObject({ error: { code: 'UNREACHABLE' } })
  })

  it.each([
    [['topik'], 'Did you mean topic?'],
    [['topic', 'list', '--nonsense'], 'unknown option'],
    [['topic', 'list', '--format', 'xml'], 'Allowed choices'],
    [['consume', 't', '-o', 'yesterday'], 'Cannot read the offset'],
    [['consume', 't', '-f', '%q'], 'Cannot read the format'],
    [['topic', 'list', '-b', 'a:b'], 'host:port'],
    [['topic', 'list', '--context', 'none'], "Cannot use the context 'none'"],
    [['dump', '/nowhere'], 'no such file'],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, stderr } = await hw(args)
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
  })

  it('has help with examples', async () => {
    const commands = ['topic trim', 'produce', 'consume', 'group reset-offsets', 'cluster health']
    for (const command of [...commands, 'config set', 'dump', 'start', 'context set']) {
      expect(await ok([...command.split(' '), '--help']), command).toContain('$ highwater')
    }
  })

  it('finds its cluster by context', async () => {
    const env = { HIGHWATER_BOOTSTRAP: undefined }
    await ok(['context', 'set', 'test', node.bootstrap])
    expect((await hw(['cluster', 'health'], { env })).code).toBe(0)
    const project = join(home, 'project')
    mkdirSync(join(project, 'deep'), { recursive: true })
    const contexts = { elsewhere: { bootstrap: '127.0.0.1:1' } }
    const file = JSON.stringify({ current: 'elsewhere', contexts })
    writeFileSync(join(project, '.highwater.json'), file)
    const cwd = join(project, 'deep')
    expect((await hw(['cluster', 'health'], { env, cwd })).stderr).toContain('127.0.0.1:1')
    const named = await hw(['cluster', 'health', '--context', 'test'], { env, cwd })
    expect(named.code).toBe(0)
  })

  it('is completed, with the names of topics', async () => {
    await ok(['topic', 'create', 'completed'])
    expect(await lines(['complete', '--', 'topic', 'cr'])).toContainEqual(
      expect.stringMatching(/^create\t/),
    )
    expect(await lines(['complete', '--', 'topic', 'describe', 'compl'])).toContain(
      'completed\ttopic',
    )
    expect(await ok(['completion', 'bash'])).toContain('highwater complete --')
  })
})
