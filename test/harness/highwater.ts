/** A Highwater node as a child process, started as a user would start it. */
import { join } from 'node:path'

import { singleNodeSettings, type Broker, type Settings } from './broker.ts'
import { Child, freePorts, projectRoot, temporaryFolder } from './processes.ts'

const START_TIMEOUT_MS = 30_000

export interface HighwaterOptions {
  /** its data; a new temporary folder when not given */
  readonly logDir?: string
  /** Kafka's and our keys, over the ones that every test node gets */
  readonly settings?: Settings
  /** a configuration file, given by --config; it must name the listener `bootstrap` and its log.dirs */
  readonly config?: { readonly file: string; readonly bootstrap: string; readonly logDir: string }
}

/** One node; it keeps its port and its data over restarts. */
export class HighwaterNode implements Broker {
  readonly title = 'Highwater'
  readonly bootstrap: string
  readonly logDir: string
  readonly #args: readonly string[]
  #child: Child | undefined

  private constructor(bootstrap: string, logDir: string, args: readonly string[]) {
    this.bootstrap = bootstrap
    this.logDir = logDir
    this.#args = args
  }

  /** Prepares a node on a free port without starting it. */
  static async create(options: HighwaterOptions = {}): Promise<HighwaterNode> {
    if (options.config !== undefined) {
      const { file, bootstrap, logDir } = options.config
      const args = ['--config', file, '--set', 'http.listener=']
      return new HighwaterNode(bootstrap, logDir, args)
    }
    const [port] = await freePorts(1)
    const bootstrap = `127.0.0.1:${port}`
    const logDir = options.logDir ?? join(temporaryFolder('node'), 'data')
    const settings: Settings = {
      ...singleNodeSettings,
      ...options.settings,
      listeners: `PLAINTEXT://${bootstrap}`,
      'log.dirs': logDir,
      'http.listener': '',
    }
    const args = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    return new HighwaterNode(bootstrap, logDir, args)
  }

  /** The running process; throws when there is none. */
  get child(): Child {
    if (this.#child === undefined) throw new Error('Highwater node: it was never started')
    return this.#child
  }

  async start(): Promise<void> {
    this.launch()
    await this.child.waitForOutput(/^Highwater is ready/m, START_TIMEOUT_MS)
  }

  /** Starts the process without waiting for anything. */
  launch(): void {
    const main = join(projectRoot, 'src', 'cli', 'main.ts')
    this.#child = new Child(process.execPath, [main, 'start', ...this.#args], {
      env: { NODE_OPTIONS: undefined },
    })
  }

  /** Stops it by SIGTERM; it must end by itself with exit code 0. */
  async stop(): Promise<void> {
    const child = this.child
    if (!child.running) throw new Error(`stop Highwater: it had ended before; ${child.lastWords()}`)
    const ended = await child.stop()
    if (ended.code !== 0) {
      throw new Error(
        `stop Highwater: wanted exit code 0, found ${ended.code} (${ended.signal}); ${child.lastWords()}`,
      )
    }
  }

  /** kill -9, and waits until the process is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.child.ended
  }
}
