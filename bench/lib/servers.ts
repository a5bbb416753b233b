/** The servers under test, each a process of its own. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { nodeIo } from '../../src/io/index.ts'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import { NodeConnection } from '../../src/rpc/index.ts'
import { ApacheNode } from '../../test/harness/apache.ts'
import { Child, freePorts, projectRoot, temporaryFolder } from '../../test/harness/processes.ts'

export interface Server {
  readonly name: string
  readonly port: number
  /** Of the process that runs now. */
  readonly pid: number
  /** Where its data lies. */
  readonly folder: string
  /** Ends it in order and forgets its data. */
  stop(): Promise<void>
}

/** A server that keeps its data over restarts. */
export interface Node extends Server {
  /** Starts it again after {@link Node.end} or {@link Node.kill}; resolves when it says that it is ready. */
  start(): Promise<void>
  /** The same, without waiting for anything. */
  launch(): void
  end(): Promise<void>
  kill(): Promise<void>
}

export type Settings = Readonly<Record<string, string>>

class HighwaterNode implements Node {
  readonly name: string
  readonly port: number
  readonly folder: string
  readonly #settings: Settings
  #child: Child | undefined

  constructor(name: string, port: number, settings: Settings) {
    this.name = name
    this.port = port
    this.folder = join(temporaryFolder('bench'), 'data')
    this.#settings = settings
  }

  get pid(): number {
    return this.#running.pid
  }

  launch(): void {
    this.#child = new Child(process.execPath, [
      join(projectRoot, 'bin', 'highwater.cjs'),
      ...highwaterArgs(this.port, this.folder, this.#settings),
    ])
  }

  async start(): Promise<void> {
    this.launch()
    await this.#running.waitForOutput(/is ready/, 60_000)
  }

  async end(): Promise<void> {
    await this.#running.stop()
  }

  async kill(): Promise<void> {
    this.#running.kill('SIGKILL')
    await this.#running.ended
  }

  async stop(): Promise<void> {
    await this.end()
    rmSync(this.folder, { recursive: true, force: true })
  }

  get #running(): Child {
    if (this.#child === undefined) throw new Error('The node was never started')
    return this.#child
  }
}

/** The built package, as `npx highwater start` runs it. */
export async function startHighwater(settings: Settings = {}, name = 'Highwater'): Promise<Node> {
  const [port] = await freePorts(1)
  const node = new HighwaterNode(name, port as number, settings)
  await node.start()
  return node
}

function highwaterArgs(port: number, logDir: string, settings: Settings): string[] {
  const all = {
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': logDir,
    'http.listener': '',
    'group.initial.rebalance.delay.ms': '0',
    ...settings,
  }
  return ['start', ...Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`])]
}

/** One of the floors of `floor-server.ts`. */
export async function startFloor(mode: 'write' | 'sync' | 'echo' | 'send'): Promise<Server> {
  const folder = temporaryFolder('floor')
  const program = join(projectRoot, 'bench', 'lib', 'floor-server.ts')
  const child = new Child(process.execPath, [program, mode, folder])
  await child.waitForOutput(/port \d+/, 30_000)
  return {
    name: `floor: ${FLOOR_NAMES[mode]}`,
    port: Number(/port (\d+)/.exec(child.stdout)?.[1]),
    pid: child.pid,
    folder,
    async stop() {
      await child.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const FLOOR_NAMES = {
  write: 'receive, CRC, write',
  sync: 'receive, CRC, write, fdatasync',
  echo: 'echo',
  send: 'read, send',
}

export async function startApache(settings: Settings = {}): Promise<Node> {
  const node = await ApacheNode.create(settings)
  await node.start()
  return {
    name: 'Apache Kafka',
    port: Number(node.bootstrap.split(':')[1]),
    folder: node.logDir,
    get pid() {
      return node.child.pid
    },
    launch: () => node.launch(),
    start: () => node.start(),
    end: () => node.stop(),
    kill: () => node.kill(),
    async stop() {
      await node.stop()
      rmSync(node.logDir, { recursive: true, force: true })
    },
  }
}

/** A connection for administration and checks. */
export function connectTo(port: number): Promise<NodeConnection> {
  const host = '127.0.0.1'
  return NodeConnection.connect({ ...nodeIo(), host, port, clientId: 'bench', timeoutMs: 120_000 })
}

/** Makes a topic and waits until its partitions are led. */
export async function createTopic(
  port: number,
  name: string,
  numPartitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const node = await connectTo(port)
  try {
    const topic = {
      name,
      numPartitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    const { topics } = await node.send(CreateTopicsRequest, CreateTopicsResponse, {
      topics: [topic],
      timeoutMs: 120_000,
    })
    if (topics[0]?.errorCode !== 0)
      throw new Error(`create ${name}: error ${topics[0]?.errorCode} ${topics[0]?.errorMessage}`)
    for (let attempt = 0; attempt < 100; attempt++) {
      const metadata = await node.send(MetadataRequest, MetadataResponse, { topics: [{ name }] })
      if (
        metadata.topics[0]?.partitions.every(
          ({ leaderId, errorCode }) => leaderId >= 0 && errorCode === 0,
        ) === true
      )
        return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    node.close()
  }
}
