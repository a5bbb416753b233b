/** The load program kill-nine-load.py, and its answers in order. */
import { join } from 'node:path'

import { Child } from '../harness/processes.ts'
import { eventually } from '../harness/suite.ts'

const script = join(import.meta.dirname, 'kill-nine-load.py')
const PATIENCE_MS = 90_000

export interface LoadOptions {
  /** records a second at most */
  readonly rate: number
  readonly seed: number
  readonly partitions?: number
  readonly replication?: number
}

export class Load {
  readonly #child: Child
  #read = 0

  constructor(command: readonly string[], bootstrap: string, options: LoadOptions) {
    const [file = '', ...args] = command
    const settings = Object.entries(options).map(([key, value]) => `--${key}=${value}`)
    this.#child = new Child(file, [...args, script, '--bootstrap', bootstrap, ...settings])
  }

  say(text: string): void {
    this.#child.write(`${text}\n`)
  }

  /** The next answer. */
  async answer(): Promise<Record<string, unknown>> {
    const line = await eventually(
      'an answer of the load program',
      () => {
        const text = this.#child.stdout.split('\n').slice(0, -1)[this.#read]
        if (text === undefined && !this.#child.running) return this.#child.lastWords()
        return text
      },
      PATIENCE_MS,
    )
    if (!line.startsWith('{')) throw new Error(`the load program ended: ${line}`)
    this.#read += 1
    return JSON.parse(line) as Record<string, unknown>
  }

  /** Asks for a check, and throws with what is wrong. */
  async verify(command: 'verify' | 'finish'): Promise<{ verified: number; acknowledged: number }> {
    this.say(command)
    const { verified, acknowledged, problems } = await this.answer()
    if (Array.isArray(problems) && problems.length > 0) throw new Error(problems.join('\n'))
    return { verified: Number(verified), acknowledged: Number(acknowledged) }
  }

  /** What librdkafka logged, but that the broker was down. */
  get log(): string {
    const lines = this.#child.stderr.split('\n').filter((line) => !/\|(FAIL|ERROR)\|/.test(line))
    return lines.slice(-20).join('\n')
  }

  stop(): Promise<unknown> {
    return this.#child.stop(1000)
  }
}

/** Minimum, median, 99th percentile and maximum, for people. */
export function summary(valuesMs: readonly number[]): string {
  const sorted = valuesMs.toSorted((a, b) => a - b)
  const at = (share: number): string => {
    const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length))
    return `${Math.round(sorted[index] ?? 0)} ms`
  }
  return `min ${at(0)}, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`
}
