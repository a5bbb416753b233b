/** `highwater start --nodes 3` as a user runs it, and the commands that look after a cluster. Linux only: processes are found in /proc. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Child, freePorts, projectRoot, run, temporaryFolder } from '../harness/processes.ts'
import type { ChildOptions, Finished } from '../harness/processes.ts'

const main = join(projectRoot, 'src', 'cli', 'main.ts')
/** Of the node that is killed. */
const VICTIM = 3

let home = ''
let bootstrap = ''
let http = ''
let cluster: Child

function options(more: ChildOptions = {}): ChildOptions {
  const env = {
    HIGHWATER_BOOTSTRAP: bootstrap,
    HIGHWATER_CONTEXT: undefined,
    KAFKA_BOOTSTRAP_SERVERS: undefined,
    XDG_CONFIG_HOME: home,
    NODE_COMPILE_CACHE: join(home, 'compiled'),
    NODE_OPTIONS: undefined,
  }
  return { timeoutMs: 30_000, cwd: home, env, ...more }
}

function hw(args: readonly string[], more: ChildOptions = {}): Promise<Finished> {
  return run(process.execPath, [main, ...args], options(more))
}

/** Runs a command that must succeed; returns what it printed. */
async function ok(args: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await hw(args, { stdin })
  if (code !== 0) throw new Error(`highwater ${args.join(' ')}: exit ${code}: ${stderr}`)
  return stdout
}

async function json(args: readonly string[]): Promise<unknown> {
  return JSON.parse(await ok([...args, '--format', 'json'])) as unknown
}

/** The first of `count` ports in a row that are free now. */
async function freePortRow(count: number): Promise<number> {
  for (;;) {
    const [first] = (await freePorts(1)) as [number]
    const row = Array.from({ length: count }, (_, index) => first + index)
    const free = await Promise.all(row.map(isFree))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Processes that have all of `words` in their command line, and this cluster's data directory. */
function processesWith(...words: readonly string[]): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ')
      return [join(home, 'data'), ...words].every((word) => line.includes(word))
    } catch {
      return false // It has ended meanwhile.
    }
  })
}

describe.skipIf(process.platform !== 'linux')('a cluster of one command', () => {
  beforeAll(async () => {
    home = temporaryFolder('cluster-cli')
    const first = await freePortRow(9)
    bootstrap = [0, 1, 2].map((index) => `127.0.0.1:${first + index}`).join(',')
    http = [3, 4, 5].map((index) => `127.0.0.1:${first + index}`).join(',')
    const ports = { '--kafka-port': 0, '--http-port': 3, '--controller-port': 6 }
    const portArgs = Object.entries(ports).flatMap(([key, by]) => [key, String(first + by)])
    const args = ['start', '--nodes', '3', '--data', join(home, 'data'), ...portArgs]
    cluster = new Child(process.execPath, [main, ...args], options())
    await cluster.waitForOutput(/^Highwater is ready: bootstrap\.servers=/m, 45_000)
  })

  afterAll(async () => {
    await cluster.stop()
  })

  it('says where it is, and is healthy with three brokers in three racks', async () => {
    expect(cluster.stdout).toContain(`bootstrap.servers=${bootstrap}\n`)
    expect(await json(['cluster', 'health', '--nodes', '3', '--wait', '20s'])).toMatchObject({
      isHealthy: true,
      nodes: 3,
      fenced: [],
    })
    const brokers = [1, 2, 3].map((id) => ({ id, rack: `rack-${id}`, isFenced: false }))
    expect(await json(['broker', 'list'])).toMatchObject({ brokers })
    expect(await json(['broker', 'describe', '2', '--replicas'])).toMatchObject({
      brokers: [{ id: 2, logDirs: [{ path: join(home, 'data', 'node-2'), error: null }] }],
    })
    expect(await ok(['feature', 'list'])).toMatch(/^metadata\.version +30 \(4\.3-IV0\)/m)
  })

  it('shows its quorum, asked through a broker', async () => {
    const voters = [1, 2, 3].map((id) => expect.objectContaining({ id, lag: expect.any(Number) }))
    expect(await json(['quorum', 'describe'])).toMatchObject({
      leaderId: expect.toSatisfy((id) => [1, 2, 3].includes(id as number)),
      highWatermark: expect.toSatisfy((offset) => (offset as number) > 0),
      voters: expect.arrayContaining(voters),
    })
    expect(await ok(['quorum', 'describe'])).toMatch(/^ +\d +leader /m)
  })

  it('carries records with three replicas', async () => {
    await ok(['topic', 'create', 'carried', '-p', '3', '-r', '3'])
    await ok(['produce', 'carried', '-K:'], 'a:1\nb:2\nc:3\n')
    const consumed = await ok(['consume', 'carried', '-e', '-f', '%k=%s\\n'])
    expect(consumed.trim().split('\n').toSorted()).toEqual(['a=1', 'b=2', 'c=3'])
    const all = expect.toSatisfy((ids) => new Set(ids as number[]).size === 3)
    const partitions = [0, 1, 2].map((partition) => ({ partition, replicas: all, isr: all }))
    expect(await json(['topic', 'describe', 'carried'])).toMatchObject({ topics: [{ partitions }] })
    const unhealthy = ['--under-replicated', '--under-min-isr', '--offline']
    expect(await json(['topic', 'describe', ...unhealthy])).toEqual({ topics: [] })
  })

  it('plans, starts, checks and undoes moves of replicas', async () => {
    await ok(['topic', 'create', 'moved', '-p', '2', '-r', '1'])
    await ok(['produce', 'moved'], 'x\n'.repeat(1000))
    const plan = ['reassign', 'plan', 'moved', '--replicas', '3', '--format', 'json']
    const planned = JSON.parse(await ok(plan)) as { rollback: unknown; partitions: unknown[] }
    expect(planned.partitions).toHaveLength(2)
    const file = join(home, 'plan.json')
    writeFileSync(file, JSON.stringify(planned))
    await ok(['reassign', 'start', file, '--throttle', '50MB', '--wait', '20s'])
    const done = { moving: [], elsewhere: [], throttles: { topics: [], brokers: [] } }
    expect(await json(['reassign', 'status', file])).toEqual(done)
    const start = ['reassign', 'start', '-', '--wait', '20s']
    await ok(start, JSON.stringify(planned.rollback))
    expect(await hw(['reassign', 'status', file])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/moved-0 is on \d and not moving; the plan says \d,\d,\d/),
    })
    await ok(['topic', 'elect-leaders', '--all'])
    expect((await hw(['topic', 'elect-leaders', 'moved', '--unclean'])).code).toBe(2)
  })

  it('goes on without a node that is killed, and every command says what is missing', async () => {
    const [pid] = processesWith(`node.id=${VICTIM}`)
    process.kill(pid as number, 'SIGKILL')
    await cluster.waitForOutput(new RegExp(`node ${VICTIM}\\] stopped: SIGKILL`), 5_000)
    const health = (): Promise<Finished> => hw(['cluster', 'health'])
    await expect
      .poll(health, { timeout: 20_000, interval: 300 })
      .toMatchObject({ code: 1, stdout: expect.stringContaining(`Fenced brokers: ${VICTIM}.`) })
    await ok(['produce', 'carried'], 'still\n')
    const { topics } = (await json(['topic', 'describe', '--under-replicated'])) as Described
    const carried = topics.find(({ name }) => name === 'carried')
    expect(carried?.partitions.map(({ offline }) => offline)).toEqual([
      [VICTIM],
      [VICTIM],
      [VICTIM],
    ])
    expect(await ok(['cluster', 'info'])).toContain('3 brokers (1 fenced)')
    expect(await ok(['broker', 'list'])).toMatch(new RegExp(`^ +${VICTIM} .*fenced$`, 'm'))
    const events = await hw(['cluster', 'events', '--http', http])
    expect(events.code).toBe(1)
    expect(events.stderr).toContain('Cannot read http://')
    expect(events.stdout).toMatch(/ controller\.active /)
    const refused = await hw(['broker', 'unregister', String(VICTIM)])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('have a replica') })
  })

  it('stops all nodes at one SIGTERM', async () => {
    // To the first process only, not to its group as a terminal's Ctrl-C would.
    process.kill(cluster.pid, 'SIGTERM')
    expect(await cluster.ended).toEqual({ code: 0, signal: null })
    expect(processesWith()).toEqual([])
  })
})

interface Described {
  readonly topics: ReadonlyArray<{
    readonly name: string
    readonly partitions: ReadonlyArray<{ readonly offline: readonly number[] }>
  }>
}
