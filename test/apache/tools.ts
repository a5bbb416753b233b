/** Apache Kafka's command line tools by short names, each against one cluster. */
import { javaTool, startJavaTool } from '../harness/apache.ts'
import type { Child, ChildOptions, Finished } from '../harness/processes.ts'
import type { ToolHost } from './tool-host.ts'

/** Tool name -> class. */
const classes = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  configs: 'kafka.admin.ConfigCommand',
  groups: 'org.apache.kafka.tools.GroupsCommand',
  consumerGroups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  consoleProducer: 'org.apache.kafka.tools.ConsoleProducer',
  consoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  producerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  consumerPerformance: 'org.apache.kafka.tools.ConsumerPerformance',
  endToEndLatency: 'org.apache.kafka.tools.EndToEndLatency',
  verifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
  verifiableConsumer: 'org.apache.kafka.tools.VerifiableConsumer',
  offsets: 'org.apache.kafka.tools.GetOffsetShell',
  deleteRecords: 'org.apache.kafka.tools.DeleteRecordsCommand',
  logDirs: 'org.apache.kafka.tools.LogDirsCommand',
  apiVersions: 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  cluster: 'org.apache.kafka.tools.ClusterTool',
  features: 'org.apache.kafka.tools.FeatureCommand',
  transactions: 'org.apache.kafka.tools.TransactionsCommand',
  quorum: 'org.apache.kafka.tools.MetadataQuorumCommand',
  elections: 'org.apache.kafka.tools.LeaderElectionCommand',
  reassignments: 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  replicaVerification: 'org.apache.kafka.tools.ReplicaVerificationTool',
} as const

export type ToolName = keyof typeof classes

/** The subcommand of these comes before `--bootstrap-server`. */
const SUBCOMMAND_FIRST: ReadonlySet<ToolName> = new Set(['cluster'])

/** By which of a cluster's listeners a tool enters. */
type Door = '--bootstrap-server' | '--bootstrap-controller'

interface ToolsOptions {
  readonly door?: Door
  /** Where the tools run; without it each gets a Java machine of its own. */
  readonly host?: ToolHost
}

/** Runs the tools against one cluster. */
export class Tools {
  readonly bootstrap: string
  readonly #door: Door
  readonly #host: ToolHost | undefined

  constructor(bootstrap: string, options: ToolsOptions = {}) {
    this.bootstrap = bootstrap
    this.#door = options.door ?? '--bootstrap-server'
    this.#host = options.host
  }

  /** Runs a tool, which must succeed; returns its stdout. */
  async run(tool: ToolName, args: readonly string[], options: ChildOptions = {}): Promise<string> {
    const finished = await this.attempt(tool, args, options)
    if (finished.code === 0) return finished.stdout
    const words = `stdout: ${finished.stdout.slice(-1500)}\nstderr: ${finished.stderr.slice(-2500)}`
    throw new Error(`run ${tool} ${args.join(' ').slice(0, 400)}: exit ${finished.code}\n${words}`)
  }

  /** Runs a tool that may fail. */
  attempt(tool: ToolName, args: readonly string[], options: ChildOptions = {}): Promise<Finished> {
    const all = this.#args(tool, args)
    if (this.#host !== undefined && options.stdin === undefined) {
      return this.#host.run(classes[tool], all)
    }
    return javaTool(classes[tool], all, options)
  }

  /** Starts a tool and leaves it running. */
  start(tool: ToolName, args: readonly string[]): Child {
    return startJavaTool(classes[tool], this.#args(tool, args))
  }

  #args(tool: ToolName, args: readonly string[]): string[] {
    const door = tool === 'replicaVerification' ? '--broker-list' : this.#door
    const broker = [door, this.bootstrap]
    return SUBCOMMAND_FIRST.has(tool) ? [...args, ...broker] : [...broker, ...args]
  }

  /** Creates a topic. */
  async createTopic(topic: string, partitions = 1, configs: Record<string, string> = {}) {
    const entries = Object.entries(configs).flatMap(([key, value]) => [
      '--config',
      `${key}=${value}`,
    ])
    const args = ['--create', '--topic', topic, '--partitions', String(partitions), ...entries]
    await this.run('topics', args)
  }

  /** Produces lines `key:value` with the console producer. */
  async produce(topic: string, lines: readonly string[], args: readonly string[] = []) {
    const parse = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:']
    const stdin = lines.map((line) => `${line}\n`).join('')
    await this.run('consoleProducer', ['--topic', topic, ...parse, ...args], { stdin })
  }

  /**
   * Reads `count` records of all topics that match `topics` from their start: lines `topic partition offset
   * timestamp key value`, sorted.
   */
  async consume(topics: string, count: number, args: readonly string[] = []): Promise<string[]> {
    const prints = ['key', 'offset', 'partition', 'timestamp', 'headers'].flatMap((what) => [
      '--formatter-property',
      `print.${what}=true`,
    ])
    const what = ['--include', topics, '--from-beginning', '--max-messages', String(count)]
    const all = [...what, '--timeout-ms', '20000', ...prints, ...args]
    const printed = await this.run('consoleConsumer', all)
    return lines(printed).sort(byText)
  }
}

/** Sorts texts by their code units. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** The lines of a tool's output that hold something. */
export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

/** The columns of the first line that matches. */
export function columns(text: string, pattern: RegExp): string[] {
  const line = lines(text).find((one) => pattern.test(one))
  if (line === undefined) throw new Error(`no line ${pattern} in: ${text}`)
  return line.trim().split(/\s+/)
}

/** The JSON objects that a verifiable producer or consumer printed with this name. */
export function events(stdout: string, name: string): Array<Record<string, unknown>> {
  return lines(stdout)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((event) => event['name'] === name)
}
