/** A cluster on one machine (`highwater start --nodes 3`): which node gets which ports, directory, rack and configuration. */
import { UsageError } from '../failure.ts'

export interface LocalClusterOptions {
  readonly nodes: number
  /** The directory that holds one directory per node. */
  readonly dataDir: string
  /** Of the first node's Kafka listener; the others follow. */
  readonly kafkaPort: number
  /** Of the first node's HTTP listener; the others follow. */
  readonly httpPort: number
  /** Of the first node's controller listener; the others follow. */
  readonly controllerPort: number
}

export interface LocalNode {
  readonly id: number
  readonly logDir: string
  readonly kafkaPort: number
  readonly httpPort: number
  /** Kafka's keys and ours. */
  readonly properties: ReadonlyMap<string, string>
}

const HOST = '127.0.0.1'
const NODES_MAX = 9
const REPLICATION_MAX = 3

/** Throws {@link UsageError}. */
export function planLocalCluster(options: LocalClusterOptions): LocalNode[] {
  const { nodes, dataDir, kafkaPort, httpPort, controllerPort } = options
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > NODES_MAX) {
    throw new UsageError(`Cannot start --nodes ${nodes}: wanted a number from 1 to ${NODES_MAX}`)
  }
  const ids = Array.from({ length: nodes }, (_, index) => index + 1)
  const voters = ids.map((id) => `${id}@${HOST}:${controllerPort + id - 1}`).join(',')
  const replicas = Math.min(nodes, REPLICATION_MAX)
  const insync = String(Math.max(1, replicas - 1))
  return ids.map((id) => {
    const ports = { kafkaPort: kafkaPort + id - 1, httpPort: httpPort + id - 1 }
    const logDir = `${dataDir}/node-${id}`
    const properties = new Map([
      ['process.roles', 'broker,controller'],
      ['node.id', String(id)],
      ['broker.rack', `rack-${id}`],
      ['controller.listener.names', 'CONTROLLER'],
      ['controller.quorum.voters', voters],
      ['inter.broker.listener.name', 'PLAINTEXT'],
      [
        'listeners',
        `PLAINTEXT://${HOST}:${ports.kafkaPort},CONTROLLER://${HOST}:${controllerPort + id - 1}`,
      ],
      ['listener.security.protocol.map', 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT'],
      ['http.listener', `${HOST}:${ports.httpPort}`],
      ['log.dirs', logDir],
      ['default.replication.factor', String(replicas)],
      ['min.insync.replicas', insync],
      ['offsets.topic.replication.factor', String(replicas)],
      ['transaction.state.log.replication.factor', String(replicas)],
      ['transaction.state.log.min.isr', insync],
    ])
    return { id, logDir, ...ports, properties }
  })
}

/** What clients are given as `bootstrap.servers`. */
export function bootstrapOf(nodes: readonly LocalNode[]): string {
  return nodes.map(({ kafkaPort }) => `${HOST}:${kafkaPort}`).join(',')
}
