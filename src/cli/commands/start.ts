import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import { nodeIo, returnMemoryWhenIdle } from '../../io/index.ts'
import {
  ConfigError,
  fromCommandLine,
  fromEnvironment,
  fromFile,
  startNode,
} from '../../node/index.ts'
import { collect } from '../command-kit.ts'
import { UsageError } from '../failure.ts'
import { planLocalCluster } from '../local-cluster/plan.ts'
import { prepareLocalCluster } from '../local-cluster/prepare.ts'
import { superviseLocalCluster } from '../local-cluster/supervise.ts'
import type { PropertySource, RunningNode } from '../../node/index.ts'

interface StartOptions {
  readonly config?: string
  readonly set?: readonly string[]
  readonly logFormat?: 'json' | 'text'
  readonly nodes?: string
  readonly data?: string
  readonly kafkaPort?: string
  readonly httpPort?: string
  readonly controllerPort?: string
}

const DAY_MS = 24 * 60 * 60 * 1000

const EXAMPLES = `
Examples:
  $ highwater start                                      Kafka on 127.0.0.1:9092, data in ./data
  $ highwater start --config server.properties           a production configuration, as it is
  $ highwater start --set log.dirs=/srv/log --set auto.create.topics.enable=false
  $ highwater start --nodes 3 --data ./data              a cluster on this machine: Kafka on 9092-9094, HTTP on 9644-9646
  $ KAFKA_LOG_RETENTION_HOURS=24 highwater start         environment variables as in Kafka's images
`

export function register(program: Command): void {
  program
    .command('start')
    .description('Start a node and run until SIGTERM or SIGINT')
    .option('-c, --config <file>', 'a server.properties')
    .option(
      '-s, --set <key=value>',
      'one configuration key; may be repeated; wins over file and environment',
      collect,
    )
    .addOption(
      new Option(
        '--log-format <format>',
        'of the log on stderr; default: text on a terminal, else json',
      ).choices(['json', 'text']),
    )
    .option(
      '--nodes <count>',
      'a cluster of so many nodes on this machine, a process and a rack each',
    )
    .option('--data <directory>', 'where the data is kept (default: ./data)')
    .option('--kafka-port <port>', 'with --nodes: of the first node (default: 9092)')
    .option('--http-port <port>', 'with --nodes: of the first node (default: 9644)')
    .option('--controller-port <port>', 'with --nodes: of the first node (default: 9192)')
    .addHelpText('after', EXAMPLES)
    .action((options: StartOptions) => start(options))
}

async function start(options: StartOptions): Promise<void> {
  if (options.nodes !== undefined) return startLocalCluster(options.nodes, options)
  const { logFormat } = options
  const format = logFormat === 'text' ? 'pretty' : logFormat
  const io = nodeIo(format === undefined ? {} : { telemetry: { format } })
  // The node's timers do not keep a process alive, and when it stops there comes a moment without an open socket.
  const alive = setInterval(() => {}, DAY_MS)
  try {
    const node = await startNode(io, sourcesOf(options))
    returnMemoryWhenIdle()
    process.stdout.write(`${readyLine(node)}\n`)
    const failure = await Promise.race([stopSignal(), node.failed])
    await node.stop()
    if (failure !== null) throw failure
  } finally {
    clearInterval(alive)
  }
}

async function startLocalCluster(nodes: string, options: StartOptions): Promise<void> {
  const { config, data = './data', set = [] } = options
  if (config !== undefined) {
    throw new UsageError(
      'Cannot use --config with --nodes: each node of such a cluster has its own',
    )
  }
  const plan = planLocalCluster({
    nodes: Number(nodes),
    dataDir: resolve(data),
    kafkaPort: readPort('--kafka-port', options.kafkaPort ?? '9092'),
    httpPort: readPort('--http-port', options.httpPort ?? '9644'),
    controllerPort: readPort('--controller-port', options.controllerPort ?? '9192'),
  })
  await prepareLocalCluster(plan)
  process.exitCode = await superviseLocalCluster(plan, set)
}

function readPort(option: string, text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new UsageError(`Cannot use ${option} ${text}: wanted a port from 1 to 65535`)
}

function sourcesOf(options: StartOptions): PropertySource[] {
  const { config, data, set = [] } = options
  if (options.kafkaPort ?? options.httpPort ?? options.controllerPort) {
    throw new UsageError(
      'Cannot use a port option without --nodes: set listeners and http.listener',
    )
  }
  const dirs = data === undefined ? [] : [`log.dirs=${data}`]
  const sources = [fromEnvironment(process.env), fromCommandLine([...dirs, ...set])]
  return config === undefined ? sources : [fromFile(readConfig(config)), ...sources]
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`Cannot read --config ${path}: ${(error as Error).message}`)
  }
}

/** The one line that says where the node is. */
function readyLine({ kafka, http, logDirs, startedInMs }: RunningNode): string {
  const addresses = kafka.map(({ host, port }) => `${host}:${port}`).join(',')
  const kafkaPart = addresses === '' ? 'a controller alone' : `Kafka on ${addresses}`
  const httpPart = http === null ? '' : `, HTTP on ${http.host}:${http.port}`
  return `Highwater is ready: ${kafkaPart}${httpPart}, data in ${logDirs.join(',')} (${Math.round(startedInMs)} ms)`
}

/** Resolves with null at SIGTERM or SIGINT. */
function stopSignal(): Promise<null> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve(null))
    process.once('SIGINT', () => resolve(null))
  })
}
