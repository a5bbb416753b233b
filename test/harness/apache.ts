/** Apache Kafka out of its own jars: the tools as oracle and client, a broker as peer. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { singleNodeSettings, type Broker, type Settings } from './broker.ts'
import { Child, freePorts, projectRoot, run, runOk, temporaryFolder } from './processes.ts'
import type { ChildOptions, Finished } from './processes.ts'

export const kafkaVersion = '4.3.1'

const jarFolder = join(projectRoot, '.cache', `kafka-${kafkaVersion}`)
const logging = join(projectRoot, 'test', 'apache', 'log4j2.properties')

/** Short-lived tools: the cheapest compiler and collector start fastest. */
const TOOL_FLAGS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
const BROKER_FLAGS = ['-Xmx512m', '-XX:+UseSerialGC']

/**
 * The folder with Apache Kafka's jars; the first call on a machine fills it through Maven (test/apache/pom.xml).
 * It is filled beside its place and then renamed, so that a broken download never looks complete.
 */
export async function kafkaJars(): Promise<string> {
  if (existsSync(jarFolder)) return jarFolder
  const filling = `${jarFolder}.filling-${process.pid}`
  mkdirSync(filling, { recursive: true })
  const pom = join(projectRoot, 'test', 'apache', 'pom.xml')
  const args = [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${filling}`,
  ]
  await runOk('mvn', args, { timeoutMs: 600_000 })
  if (!readdirSync(filling).includes(`kafka-clients-${kafkaVersion}.jar`)) {
    throw new Error(`fetch Apache Kafka ${kafkaVersion}: its jars are not among what Maven copied`)
  }
  if (existsSync(jarFolder)) rmSync(filling, { recursive: true })
  else renameSync(filling, jarFolder)
  return jarFolder
}

function javaArgs(flags: readonly string[], className: string, args: readonly string[]): string[] {
  const log = [`-Dlog4j2.configurationFile=${logging}`]
  return [...flags, ...log, '-cp', join(jarFolder, '*'), className, ...args]
}

/** Runs one of Apache Kafka's tools to its end. */
export function javaTool(
  className: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Finished> {
  return run('java', javaArgs(TOOL_FLAGS, className, args), options)
}

/** Runs one of Apache Kafka's tools, which must succeed. */
export function javaToolOk(
  className: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Finished> {
  return runOk('java', javaArgs(TOOL_FLAGS, className, args), options)
}

/** Starts one of Apache Kafka's tools and leaves it running. */
export function startJavaTool(
  className: string,
  args: readonly string[],
  options: ChildOptions = {},
): Child {
  return new Child('java', javaArgs(TOOL_FLAGS, className, args), options)
}

/** One Apache Kafka node, broker and controller in one; it keeps ports and data over restarts. */
export class ApacheNode implements Broker {
  readonly title = `Apache Kafka ${kafkaVersion}`
  readonly bootstrap: string
  readonly logDir: string
  /** its server.properties */
  readonly configFile: string
  #child: Child | undefined

  private constructor(bootstrap: string, logDir: string, configFile: string) {
    this.bootstrap = bootstrap
    this.logDir = logDir
    this.configFile = configFile
  }

  /** Writes a configuration for free ports and formats the log directory. */
  static async create(settings: Settings = {}): Promise<ApacheNode> {
    const [port] = await freePorts(1)
    const logDir = join(temporaryFolder('apache'), 'data')
    const node = await ApacheNode.adopt(logDir, `127.0.0.1:${port}`, '1', settings)
    const id = (await javaToolOk('kafka.tools.StorageTool', ['random-uuid'])).stdout.trim()
    await javaToolOk('kafka.tools.StorageTool', ['format', '-t', id, '-c', node.configFile])
    return node
  }

  /** Writes a configuration for a log directory that is formatted already, for the node with this id. */
  static async adopt(
    logDir: string,
    bootstrap: string,
    nodeId: string,
    settings: Settings = {},
  ): Promise<ApacheNode> {
    await kafkaJars()
    const [controllerPort] = await freePorts(1)
    const configFile = join(temporaryFolder('apache-config'), 'server.properties')
    const all: Settings = {
      'process.roles': 'broker,controller',
      'node.id': nodeId,
      'controller.quorum.voters': `${nodeId}@127.0.0.1:${controllerPort}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: `PLAINTEXT://${bootstrap},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://${bootstrap}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      ...singleNodeSettings,
      ...settings,
      'log.dirs': logDir,
    }
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(configFile, lines.join(''))
    return new ApacheNode(bootstrap, logDir, configFile)
  }

  /** The running process; throws when there is none. */
  get child(): Child {
    if (this.#child === undefined) throw new Error('Apache Kafka node: it was never started')
    return this.#child
  }

  async start(): Promise<void> {
    this.launch()
    await this.child.waitForOutput(/Kafka Server started/, 90_000)
  }

  /** Starts the process without waiting for anything. */
  launch(): void {
    const flags = [...BROKER_FLAGS, '-Dlevel=INFO']
    this.#child = new Child('java', javaArgs(flags, 'kafka.Kafka', [this.configFile]))
  }

  async stop(): Promise<void> {
    const ended = await this.child.stop(60_000)
    // A JVM that ends on SIGTERM reports 143 when its shutdown hooks are done.
    if (ended.code !== 143 && ended.code !== 0) {
      throw new Error(`stop Apache Kafka: found exit ${ended.code}; ${this.child.lastWords()}`)
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.child.ended
  }
}
