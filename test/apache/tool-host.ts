/** Apache Kafka's tools in one Java machine: a cluster's checks call them a hundred times, and starting Java is most of what a call costs. */
import { join } from 'node:path'

import { startJavaTool } from '../harness/apache.ts'
import type { Child, Finished } from '../harness/processes.ts'
import { eventually } from '../harness/suite.ts'

const TOOL_TIMEOUT_MS = 120_000
const program = join(import.meta.dirname, 'ToolHost.java')

export class ToolHost {
  readonly #child: Child
  #answered = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor() {
    this.#child = startJavaTool(program, [])
  }

  /** Runs the `main` of a class; calls wait for one another. */
  run(className: string, args: readonly string[]): Promise<Finished> {
    const result = this.#last.then(() => this.#call([className, ...args]))
    this.#last = result.catch(() => {})
    return result
  }

  stop(): Promise<unknown> {
    return this.#child.stop()
  }

  async #call(words: readonly string[]): Promise<Finished> {
    this.#child.write(`${words.map((word) => toBase64(word)).join(' ')}\n`)
    const line = await eventually(
      `the end of ${words.join(' ').slice(0, 400)}`,
      () => {
        if (!this.#child.running) return this.#child.lastWords()
        return this.#child.stdout.split('\n').slice(0, -1)[this.#answered]
      },
      TOOL_TIMEOUT_MS,
    )
    const found = /^(\d+) (\S*) (\S*)$/.exec(line)
    if (found === null) throw new Error(`the host of Apache Kafka's tools: ${line}`)
    this.#answered += 1
    const [, code, stdout = '', stderr = ''] = found
    const stdoutBytes = Buffer.from(stdout, 'base64')
    return {
      code: Number(code),
      signal: null,
      stdout: stdoutBytes.toString(),
      stdoutBytes,
      stderr: Buffer.from(stderr, 'base64').toString(),
    }
  }
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64')
}
