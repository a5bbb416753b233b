/** Three Highwater nodes as child processes, each broker and controller, formatted and configured as for production. */
import { join } from 'node:path'

import { planLocalCluster } from '../../src/cli/local-cluster/plan.ts'
import { prepareLocalCluster } from '../../src/cli/local-cluster/prepare.ts'
import type { LocalNode } from '../../src/cli/local-cluster/plan.ts'
import type { Settings } from './broker.ts'
import { Child, freePorts, projectRoot, temporaryFolder } from './processes.ts'

const START_TIMEOUT_MS = 30_000

/** One node of the cluster; it keeps its ports and its data over restarts. */
export class ClusterNode {
  readonly id: number
  readonly port: number
  readonly logDir: string
  readonly host: string
  /** What it is started with. */
  readonly properties: ReadonlyMap<string, string>
  readonly #command: readonly string[]
  readonly #args: readonly string[]
  #child: Child | null = null

  constructor({ id, kafkaPort, logDir, properties }: LocalNode, settings: Settings, place: Place) {
    this.id = id
    this.port = kafkaPort
    this.logDir = logDir
    this.host = place.host
    this.#command = [...place.within, process.execPath]
    const all = { ...Object.fromEntries(properties), 'http.listener': '', ...settings }
    this.properties = new Map(Object.entries(all))
    this.#args = [...this.properties].flatMap(([key, value]) => ['--set', `${key}=${value}`])
  }

  /** The newest process; throws when there was none. */
  get child(): Child {
    if (this.#child === null) throw new Error(`node ${this.id}: it was never started`)
    return this.#child
  }

  get isRunning(): boolean {
    return this.#child?.running === true
  }

  /** Starts the process without waiting for anything. */
  launch(): void {
    const main = join(projectRoot, 'src', 'cli', 'main.ts')
    const [file = '', ...args] = [...this.#command, main, 'start', ...this.#args]
    this.#child = new Child(file, args, {
      env: { NODE_OPTIONS: undefined },
    })
  }

  /** Waits until it serves clients. */
  async ready(): Promise<void> {
    await this.child.waitForOutput(/^Highwater is ready/m, START_TIMEOUT_MS)
  }

  /** kill -9, and waits until the process is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.child.ended
  }

  /** Stops it by SIGTERM; it must end by itself with exit code 0. */
  async stop(): Promise<void> {
    const ended = await this.child.stop()
    if (ended.code === 0) return
    throw new Error(
      `stop node ${this.id}: wanted exit code 0, found ${ended.code} (${ended.signal}); ${this.child.lastWords()}`,
    )
  }
}

export class HighwaterCluster {
  readonly nodes: readonly ClusterNode[]

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes
  }

  /** Prepares a cluster on free ports without starting it. */
  static async create(options: ClusterOptions = {}): Promise<HighwaterCluster> {
    const { nodes = 3, settings = {}, placeOf = () => HERE } = options
    const ports = await freePorts(2 * nodes)
    const dataDir = join(temporaryFolder('cluster'), 'data')
    const first = { nodes, dataDir, kafkaPort: 9092, httpPort: 9644, controllerPort: 9192 }
    const hosts = Array.from({ length: nodes }, (_, index) => placeOf(index + 1).host)
    const plan = planLocalCluster(first).map((node) => withAddresses(node, hosts, ports))
    await prepareLocalCluster(plan)
    return new HighwaterCluster(
      plan.map((node) => new ClusterNode(node, settings, placeOf(node.id))),
    )
  }

  get bootstrap(): string {
    return this.nodes.map(({ host, port }) => `${host}:${port}`).join(',')
  }

  node(id: number): ClusterNode {
    const node = this.nodes[id - 1]
    if (node === undefined) throw new Error(`node ${id}: the cluster has ${this.nodes.length}`)
    return node
  }

  async start(): Promise<void> {
    for (const node of this.nodes) node.launch()
    await Promise.all(this.nodes.map((node) => node.ready()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.filter(({ isRunning }) => isRunning).map((node) => node.stop()))
  }

  /** The ends of what the nodes printed, for error messages. */
  lastWords(): string {
    return this.nodes.map(({ id, child }) => `node ${id}: ${child.lastWords()}`).join('\n')
  }
}

export interface ClusterOptions {
  readonly nodes?: number
  /** Kafka's and our keys for every node, over the ones of a cluster on one machine. */
  readonly settings?: Settings
  readonly placeOf?: (id: number) => Place
}

/** Where a node runs. */
export interface Place {
  /** Its address for clients and for other nodes. */
  readonly host: string
  /** A command that runs another command there; empty: here. */
  readonly within: readonly string[]
}

const HERE: Place = { host: '127.0.0.1', within: [] }

/** The plan's addresses, which are of this host and follow one another, replaced by others. */
function withAddresses(
  node: LocalNode,
  hosts: readonly string[],
  ports: readonly number[],
): LocalNode {
  const nodes = hosts.length
  const properties = new Map(node.properties)
  for (const key of ['listeners', 'controller.quorum.voters']) {
    const text = (properties.get(key) ?? '').replaceAll(
      /127\.0\.0\.1:(9[01]\d\d)/g,
      (_, old: string) => {
        const isClients = old.startsWith('90')
        const index = Number(old) - (isClients ? 9092 : 9192)
        return `${hosts[index]}:${ports[isClients ? index : nodes + index]}`
      },
    )
    properties.set(key, text)
  }
  return { ...node, kafkaPort: ports[node.id - 1] as number, properties }
}
