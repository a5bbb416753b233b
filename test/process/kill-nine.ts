/**
 * kill -9 of a node at random moments under load from librdkafka (idempotent, acks=all, several partitions): after
 * every restart nothing acknowledged is missing, nothing is doubled or out of order, no offset has two values, and
 * committed group offsets are where they were.
 *
 *     node test/process/kill-nine.ts [--rounds 200] [--seconds-max 1200] [--rate 3000] [--seed N] [--apache]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { installConfluentKafka, installOrReport } from '../clients/install.ts'
import { ApacheNode } from '../harness/apache.ts'
import type { Broker } from '../harness/broker.ts'
import { HighwaterNode } from '../harness/highwater.ts'
import type { Child } from '../harness/processes.ts'
import { randomNumbers } from '../harness/random.ts'
import { runSuite, type Suite } from '../harness/suite.ts'
import { Load, summary } from './kill-load.ts'

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

/** How long the node lives after its first acknowledgement, and how many rounds end before there is one. */
const LIFE_MS_MAX = 700
const EARLY_KILLS = 0.15
const EARLY_KILL_MS_MAX = 300

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
  const load = new Load(command, broker.bootstrap, { rate: options.rate, seed: options.seed })
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
