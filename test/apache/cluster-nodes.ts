/** Three nodes, whoever wrote them: what the checks of a cluster need of it, and Apache Kafka's own for `--apache`. */
import { join } from 'node:path'

import { ApacheNode, javaToolOk } from '../harness/apache.ts'
import type { Settings } from '../harness/broker.ts'
import { freePorts, temporaryFolder } from '../harness/processes.ts'

/** One node; it keeps its ports and its data over restarts. */
export interface Node {
  readonly id: number
  readonly logDir: string
  /** Starts the process without waiting for anything. */
  launch(): void
  /** Waits until it serves clients. */
  ready(): Promise<void>
  /** Stops it by SIGTERM; throws when it does not end well. */
  stop(): Promise<void>
  /** kill -9, and waits until the process is gone. */
  kill(): Promise<void>
}

/** Three nodes, each broker and controller, each in a rack of its own, with static voters. */
export interface Cluster {
  readonly bootstrap: string
  readonly nodes: readonly Node[]
  start(): Promise<void>
  stop(): Promise<void>
}

/** What every cluster under test is told: quick groups, small snapshots of the metadata, quick flights from the ISR. */
export const clusterSettings: Settings = {
  'group.initial.rebalance.delay.ms': '0',
  'metadata.log.max.record.bytes.between.snapshots': '20000',
}

/** The node with this id. */
export function nodeOf({ nodes }: Cluster, id: number): Node {
  const found = nodes.find((node) => node.id === id)
  if (found === undefined) throw new Error(`node ${id}: the cluster has ${nodes.length}`)
  return found
}

/** Starts a node that was stopped or killed, and waits until it serves clients. */
export async function restart(node: Node): Promise<void> {
  node.launch()
  await node.ready()
}

class ApacheClusterNode implements Node {
  readonly id: number
  readonly logDir: string
  readonly #node: ApacheNode

  constructor(id: number, node: ApacheNode) {
    this.id = id
    this.logDir = node.logDir
    this.#node = node
  }

  launch(): void {
    this.#node.launch()
  }

  async ready(): Promise<void> {
    await this.#node.child.waitForOutput(/Kafka Server started/, 90_000)
  }

  stop(): Promise<void> {
    return this.#node.stop()
  }

  kill(): Promise<void> {
    return this.#node.kill()
  }
}

/** Three nodes of Apache Kafka, formatted, not started. */
export async function apacheCluster(settings: Settings): Promise<Cluster> {
  const ids = [1, 2, 3]
  const ports = await freePorts(2 * ids.length)
  const clients = ids.map((_, index) => `127.0.0.1:${ports[index]}`)
  const controllers = ids.map((_, index) => `127.0.0.1:${ports[ids.length + index]}`)
  const voters = ids.map((id, index) => `${id}@${controllers[index]}`).join(',')
  const clusterId = await javaToolOk('kafka.tools.StorageTool', ['random-uuid'])
  const folder = temporaryFolder('apache-cluster')
  const nodes = await Promise.all(
    ids.map(async (id, index) => {
      const client = clients[index] ?? ''
      const node = await ApacheNode.adopt(join(folder, `node-${id}`), client, String(id), {
        'broker.rack': `rack-${id}`,
        'controller.quorum.voters': voters,
        listeners: `PLAINTEXT://${client},CONTROLLER://${controllers[index]}`,
        'default.replication.factor': '3',
        'min.insync.replicas': '2',
        'offsets.topic.replication.factor': '3',
        'transaction.state.log.replication.factor': '3',
        'transaction.state.log.min.isr': '2',
        ...settings,
      })
      const identity = ['-t', clusterId.stdout.trim(), '-c', node.configFile]
      await javaToolOk('kafka.tools.StorageTool', ['format', ...identity])
      return new ApacheClusterNode(id, node)
    }),
  )
  return {
    bootstrap: clients.join(','),
    nodes,
    async start() {
      for (const node of nodes) node.launch()
      await Promise.all(nodes.map((node) => node.ready()))
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
