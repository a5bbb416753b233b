/** A node as a child process, with `watch-loop.ts` inside. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Child, freePorts, projectRoot, temporaryFolder } from '../harness/processes.ts'
import { singleNodeSettings, type Settings } from '../harness/broker.ts'
import { eventually } from '../harness/suite.ts'
import type { WatchReport } from './watch-loop.ts'

/** Nothing that these lines name may happen, whatever a client sends. */
const BROKEN =
  /unhandledRejection|uncaughtException|Unhandled|AssertionError|"level":"error"|FATAL ERROR/

export class WatchedNode {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly child: Child
  readonly #watchFile: string
  #reports = 0

  private constructor(port: number, child: Child, watchFile: string) {
    this.port = port
    this.child = child
    this.#watchFile = watchFile
  }

  /** Starts a node with `settings` over those that every test node gets. */
  static async start(settings: Settings): Promise<WatchedNode> {
    const [port = 0] = await freePorts(1)
    const folder = temporaryFolder('fuzz')
    const all: Settings = {
      ...singleNodeSettings,
      'log.dirs': join(folder, 'data'),
      listeners: `PLAINTEXT://127.0.0.1:${port}`,
      'http.listener': '',
      ...settings,
    }
    const watchFile = join(folder, 'watch.jsonl')
    const flags = ['--expose-gc', '--import', join(import.meta.dirname, 'watch-loop.ts')]
    const main = join(projectRoot, 'src', 'cli', 'main.ts')
    const args = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    const child = new Child(process.execPath, [...flags, main, 'start', ...args], {
      env: { NODE_OPTIONS: undefined, WATCH_FILE: watchFile },
    })
    await child.waitForOutput(/Highwater is ready/, 30_000)
    return new WatchedNode(port, child, watchFile)
  }

  /** What the node holds now, and how its loop did since the last report. */
  async report(): Promise<WatchReport> {
    const wanted = this.#reports + 1
    process.kill(this.child.pid, 'SIGUSR2')
    const line = await eventually('a report of the node', () => {
      if (!this.child.running) throw new Error(this.child.lastWords())
      if (!existsSync(this.#watchFile)) return undefined
      const lines = readFileSync(this.#watchFile, 'utf8').split('\n').slice(0, -1)
      return lines[wanted - 1]
    })
    this.#reports = wanted
    return JSON.parse(line) as WatchReport
  }

  /** Log lines that say that the node itself, and not its client, did something wrong. */
  brokenLines(): string[] {
    return this.child.stderr.split('\n').filter((line) => BROKEN.test(line))
  }
}
