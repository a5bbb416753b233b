/**
 * kill -9 of a node at random moments under load from librdkafka (idempotent, acks=all, several partitions): after
 * every restart nothing acknowledged is missing, nothing is doubled or out of order, no offset has two values, and
 * committed group offsets are where they were.
 *
 *     node test/process/kill-nine.ts [--rounds 200] [--seconds-max 1200] [--rate 3000] [--seed N] [--apache]
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { installConfluentKafka, installOrReport } from '../clients/install.ts'
import { ApacheNode } from '../harness/apache.ts'
import type { Broker } from '../harness/broker.ts'
import { HighwaterNode } from '../harness/highwater.ts'
import { Child } from '../harness/processes.ts'
import { randomNumbers } from '../harness/random.ts'
import { eventually, runSuite, type Suite } from '../harness/suite.ts'

export interface KillNineOptions {
  readonly rounds: number
  /** no further round begins after this long; too few rounds are a failure */
  readonly secondsMax: number
  /** records a second at most */
  readonly rate: number
  readonly seed: number
}

interface MortalBroker extends Broker {
  readonly child: Child
  /** starts it without waiting for anything */
  launch(): void
  kill(): Promise<void>
}

const script = join(import.meta.dirname, 'kill-nine-load.py')
/** How long the node lives after its first acknowledgement, and how many rounds end before there is one. */
const LIFE_MS_MAX = 700
const EARLY_KILLS = 0.15
const EARLY_KILL_MS_MAX = 300
const PATIENCE_MS = 90_000

/** Runs the rounds as one check of `suite`. */
export async function killNine(
  suite: Suite,
  broker: MortalBroker,
  options: KillNineOptions,
): Promise<void> {
  const name = `${options.rounds} rounds of kill -9 under load from librdkafka`
  if (!suite.wants(name)) return
  const installed = await installOrReport(suite, name, installConfluentKafka)
  if (installed === undefined) return
  const limitMs = (options.secondsMax + 180) * 1000
  await suite.check(name, () => runRounds(suite, broker, installed, options), limitMs)
}

/** The load program, and its answers in order. */
class Load {
  readonly #child: Child
  #read = 0

  constructor(command: readonly string[], bootstrap: string, options: KillNineOptions) {
    const [file = '', ...args] = command
    const settings = ['--rate', String(options.rate), '--seed', String(options.seed)]
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

async function runRounds(
  suite: Suite,
  broker: MortalBroker,
  command: readonly string[],
  options: KillNineOptions,
): Promise<void> {
  const random = randomNumbers(options.seed)
  const endMs = performance.now() + options.secondsMax * 1000
  const recoveriesMs: number[] = []
  let round = 0
  await broker.start()
  const load = new Load(command, broker.bootstrap, options)
  try {
    load.say('mark')
    await load.answer()
    for (; round < options.rounds && performance.now() < endMs; round += 1) {
      await sleep(random() * LIFE_MS_MAX)
      await broker.kill()
      if (random() < EARLY_KILLS) {
        broker.launch()
        await sleep(random() * EARLY_KILL_MS_MAX)
        await broker.kill()
      }
      recoveriesMs.push(await recover(broker, load))
      await load.verify('verify')
    }
    const { acknowledged } = await load.verify('finish')
    await broker.stop()
    suite.note(`${round} rounds, ${acknowledged} records acknowledged, all there once and in order`)
    suite.note(`exec to first acknowledged produce: ${summary(recoveriesMs)}`)
    if (round < options.rounds) {
      throw new Error(`only ${round} of ${options.rounds} rounds in ${options.secondsMax} s`)
    }
  } catch (error) {
    const words = `librdkafka: ${load.log}\nbroker: ${broker.child.lastWords()}`
    throw new Error(`round ${round + 1}, seed ${options.seed}\n${words}`, { cause: error })
  } finally {
    await load.stop()
  }
}

/** Starts the broker again: how long it takes until something is acknowledged, in milliseconds. */
async function recover(broker: MortalBroker, load: Load): Promise<number> {
  // What the dead broker had answered is delivered by now, so the next acknowledgement is the new one's.
  await sleep(50)
  load.say('mark')
  const startedMs = Date.now()
  broker.launch()
  const { acknowledgedAtMs } = await load.answer()
  return Number(acknowledgedAtMs) - startedMs
}

function summary(valuesMs: readonly number[]): string {
  const sorted = valuesMs.toSorted((a, b) => a - b)
  const at = (share: number): string => {
    const index = Math.min(sorted.length - 1, Math.floor(share * sorted.length))
    return `${Math.round(sorted[index] ?? 0)} ms`
  }
  return `min ${at(0)}, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '200' },
      'seconds-max': { type: 'string', default: '1200' },
      rate: { type: 'string', default: '3000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      apache: { type: 'boolean', default: false },
    },
  })
  await runSuite('kill -9', {}, async (suite) => {
    const broker = values.apache ? await ApacheNode.create() : await HighwaterNode.create()
    suite.note(`${broker.title}, seed ${values.seed}`)
    await killNine(suite, broker, {
      rounds: Number(values.rounds),
      secondsMax: Number(values['seconds-max']),
      rate: Number(values.rate),
      seed: Number(values.seed),
    })
  })
}
