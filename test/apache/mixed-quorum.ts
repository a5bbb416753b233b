/**
 * A quorum of one Highwater controller and two of Apache Kafka. Each follows, votes and leads while each of the three is killed and comes back;
 * whoever leads, the others must replay what it writes, and Apache Kafka's controllers end themselves when they cannot.
 */
import { join } from 'node:path'

import { expect, expectEqual } from '../clients/records.ts'
import { ApacheNode, javaToolOk } from '../harness/apache.ts'
import type { Settings } from '../harness/broker.ts'
import { HighwaterNode } from '../harness/highwater.ts'
import { freePorts, projectRoot, runOk, temporaryFolder, type Child } from '../harness/processes.ts'
import { expectSameBytes } from '../harness/replicas.ts'
import { eventually, type Suite } from '../harness/suite.ts'
import { ToolHost } from './tool-host.ts'
import { columns, Tools } from './tools.ts'

/** Highwater's; the others are Apache Kafka's. */
const OURS = 1
const ELECTIONS_MAX = 12
const KEY = 'message.max.bytes'

/** What Apache Kafka's features have levels of that Highwater does not claim to serve. */
const LEVELS = ['group', 'share', 'streams', 'transaction', 'eligible.leader.replicas'].flatMap(
  (feature) => ['--feature', `${feature}.version=0`],
)

/** Patient enough for a machine that starts two Java machines at the same time. */
const TIMES: Settings = {
  'controller.quorum.election.timeout.ms': '1500',
  'controller.quorum.fetch.timeout.ms': '3000',
}

interface Controller {
  readonly id: number
  readonly address: string
  readonly logDir: string
  readonly child: Child
  launch(): void
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Runs the checks. */
export async function mixedQuorumChecks(suite: Suite): Promise<void> {
  const host = new ToolHost()
  const quorum = new MixedQuorum(await controllers(), host)
  const name = 'a quorum of one Highwater controller and two of Apache Kafka'
  if (await suite.check(name, () => quorum.start())) await runChecks(suite, quorum)
  await host.stop()
}

async function runChecks(suite: Suite, quorum: MixedQuorum): Promise<void> {
  await suite.check('mixed quorum: Highwater leads, whoever leads before', async () => {
    const leaders = [await quorum.leader()]
    while (leaders.at(-1) !== OURS && leaders.length < ELECTIONS_MAX) {
      leaders.push(await quorum.fell(leaders.at(-1) ?? -1))
    }
    suite.note(`leaders: ${leaders.join(', ')}`)
    expectEqual('the last leader', leaders.at(-1), OURS)
    expect('an epoch of its own', await quorum.changes())
  })
  await suite.check(
    'mixed quorum: each follower of Highwater is killed and comes back',
    async () => {
      for (const { id } of quorum.nodes.filter((node) => node.id !== OURS)) {
        expectEqual('the leader is still the same', await quorum.fell(id), OURS)
      }
    },
  )
  await suite.check('mixed quorum: Highwater is killed, follows, and gives its vote', async () => {
    const first = await quorum.fell(OURS)
    expect('Apache Kafka leads', first !== OURS)
    // Two of three are left, so whoever leads next has Highwater's vote.
    const second = await quorum.fell(first)
    expect('another leads', second !== first)
  })
  await suite.check('mixed quorum: the three metadata logs are the same bytes', async () => {
    const end = await quorum.highWatermark()
    for (const node of quorum.nodes) await node.stop()
    const dirs = quorum.nodes.map(({ logDir }) => logDir)
    const bytes = expectSameBytes(dirs, '__cluster_metadata-0', end)
    suite.note(`${end} offsets, ${bytes} bytes`)
  })
}

class MixedQuorum {
  readonly nodes: readonly Controller[]
  readonly #tools: Tools
  readonly #host: ToolHost
  #value = 1_000_000

  constructor(nodes: readonly Controller[], host: ToolHost) {
    this.nodes = nodes
    this.#host = host
    this.#tools = this.#toolsFor(nodes)
  }

  async start(): Promise<void> {
    for (const node of this.nodes) node.launch()
    try {
      const ready = /Kafka Server started|Highwater is ready/
      await Promise.all(this.nodes.map(({ child }) => child.waitForOutput(ready, 90_000)))
      await this.leader()
      await this.changes()
    } catch (error) {
      const words = this.nodes.map(({ id, child }) => `controller ${id}: ${child.lastWords()}`)
      throw new Error(words.join('\n'), { cause: error })
    }
  }

  async leader(): Promise<number> {
    return eventually(
      'a leader',
      async () => Number(columns(await this.#status(), /^LeaderId:/)[1]),
      60_000,
    )
  }

  async highWatermark(): Promise<number> {
    return Number(columns(await this.#status(), /^HighWatermark:/)[1])
  }

  /** Kills a controller; those that are left elect a leader and write; it comes back and has what they wrote. Who leads then. */
  async fell(id: number): Promise<number> {
    const victim = this.#node(id)
    await victim.kill()
    await this.changes(id)
    const leader = await this.leader()
    victim.launch()
    await this.changes()
    return leader
  }

  /** Changes a config through the controllers, and waits until each of them but one shows it. */
  async changes(but = -1): Promise<boolean> {
    this.#value += 1
    const change = `${KEY}=${this.#value}`
    const entity = ['--entity-type', 'brokers', '--entity-default']
    await eventually(
      change,
      () => this.#tools.run('configs', ['--alter', ...entity, '--add-config', change]),
      60_000,
    )
    for (const node of this.nodes.filter(({ id }) => id !== but)) {
      const tools = this.#toolsFor([node])
      await eventually(
        `${change} on controller ${node.id}`,
        async () => {
          if (!node.child.running) throw new Error(node.child.lastWords())
          const shown = await tools.run('configs', ['--describe', ...entity])
          return shown.includes(change) ? true : undefined
        },
        60_000,
      )
    }
    return true
  }

  #node(id: number): Controller {
    const found = this.nodes.find((node) => node.id === id)
    if (found === undefined) throw new Error(`controller ${id}: there is none`)
    return found
  }

  #toolsFor(nodes: readonly Controller[]): Tools {
    const addresses = nodes.map(({ address }) => address).join(',')
    return new Tools(addresses, { door: '--bootstrap-controller', host: this.#host })
  }

  #status(): Promise<string> {
    return this.#tools.run('quorum', ['describe', '--status'])
  }
}

/** Formatted, not started. */
async function controllers(): Promise<Controller[]> {
  const ids = [1, 2, 3]
  const ports = await freePorts(ids.length)
  const voters = ids.map((id, index) => `${id}@127.0.0.1:${ports[index]}`).join(',')
  const clusterId = (await javaToolOk('kafka.tools.StorageTool', ['random-uuid'])).stdout.trim()
  const folder = temporaryFolder('mixed-quorum')
  return Promise.all(
    ids.map(async (id, index) => {
      const address = `127.0.0.1:${ports[index]}`
      const listener = `CONTROLLER://${address}`
      // Both kinds of controllers get the same file.
      const apache = await ApacheNode.adopt(join(folder, `node-${id}`), address, String(id), {
        ...TIMES,
        'process.roles': 'controller',
        'controller.quorum.voters': voters,
        listeners: listener,
        'advertised.listeners': listener,
      })
      const format = ['format', '-t', clusterId, '-c', apache.configFile]
      const node = id === OURS ? await highwater(apache, format) : apache
      if (node === apache) {
        await javaToolOk('kafka.tools.StorageTool', [...format, ...LEVELS])
      }
      return {
        id,
        address,
        logDir: apache.logDir,
        get child() {
          return node.child
        },
        launch: () => node.launch(),
        stop: () => node.stop(),
        kill: () => node.kill(),
      }
    }),
  )
}

async function highwater(apache: ApacheNode, format: readonly string[]): Promise<HighwaterNode> {
  const main = join(projectRoot, 'src', 'cli', 'main.ts')
  await runOk(process.execPath, [main, ...format], { env: { NODE_OPTIONS: undefined } })
  const { configFile: file, bootstrap, logDir } = apache
  return HighwaterNode.create({ config: { file, bootstrap, logDir } })
}
