import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import { nodeIo } from '../../io/index.ts'
import {
  ConfigError,
  fromCommandLine,
  fromEnvironment,
  fromFile,
  startNode,
} from '../../node/index.ts'
import { collect } from '../command-kit.ts'
import type { PropertySource, RunningNode } from '../../node/index.ts'

interface StartOptions {
  readonly config?: string
  readonly set?: readonly string[]
  readonly logFormat?: 'json' | 'text'
}

const EXAMPLES = `
Examples:
  $ highwater start                                      Kafka on 127.0.0.1:9092, data in ./data
  $ highwater start --config server.properties           a production configuration, as it is
  $ highwater start --set log.dirs=/srv/log --set auto.create.topics.enable=false
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
    .addHelpText('after', EXAMPLES)
    .action((options: StartOptions) => start(options))
}

async function start(options: StartOptions): Promise<void> {
  const { logFormat } = options
  const format = logFormat === 'text' ? 'pretty' : logFormat
  const io = nodeIo(format === undefined ? {} : { telemetry: { format } })
  const node = await startNode(io, sourcesOf(options))
  process.stdout.write(`${readyLine(node)}\n`)
  const failure = await Promise.race([stopSignal(), node.failed])
  await node.stop()
  if (failure !== null) throw failure
}

function sourcesOf({ config, set = [] }: StartOptions): PropertySource[] {
  const sources = [fromEnvironment(process.env), fromCommandLine(set ?? [])]
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
  const httpPart = http === null ? '' : `, HTTP on ${http.host}:${http.port}`
  return `Highwater is ready: Kafka on ${addresses}${httpPart}, data in ${logDirs.join(',')} (${Math.round(startedInMs)} ms)`
}

/** Resolves with null at SIGTERM or SIGINT. */
function stopSignal(): Promise<null> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve(null))
    process.once('SIGINT', () => resolve(null))
  })
}
