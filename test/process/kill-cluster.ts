/**
 * Misfortunes of one node of three under load from librdkafka (idempotent, acks=all, replication factor 3, min.insync.replicas 2): nothing
 * acknowledged is missing, doubled or out of order, afterwards the replicas hold the same bytes, and how long it takes until the next record is
 * acknowledged.
 *
 *     node test/process/kill-cluster.ts --what leader|follower|controller|any [--how kill|pause|cut|half] [--rounds 100] [--seconds-max 1200] [--rate 1000] [--seed N]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { installConfluentKafka, installOrReport } from '../clients/install.ts'
import { HighwaterCluster } from '../harness/cluster.ts'
import type { ClusterNode } from '../harness/cluster.ts'
import { HostNetwork } from '../harness/network.ts'
import { randomNumbers } from '../harness/random.ts'
import { expectSameBytes } from '../harness/replicas.ts'
import { eventually, runSuite, type Suite } from '../harness/suite.ts'
import { Load, summary } from './kill-load.ts'

const TOPIC = 'kill-nine'
const PARTITION = `${TOPIC}-0`
const CALM_MS_MAX = 400
const PAUSE_MS = 15_000
const CUT_MS_MAX = 15_000
const HEALED_MS_MAX = 60_000

const victims = ['leader', 'follower', 'controller', 'any'] as const
type Victim = (typeof victims)[number]

/** `cut`: the host is cut off from everything. `half`: what it sends to the other nodes is lost, what they send arrives. */
const ways = { kill: 'kill -9', pause: 'SIGSTOP', cut: 'a network cut', half: 'a one-way cut' }
type How = keyof typeof ways

export interface KillClusterOptions {
  readonly what: Victim
  readonly how: How
  readonly rounds: number
  /** no further round begins after this long; too few rounds are a failure */
  readonly secondsMax: number
  readonly rate: number
  readonly seed: number
}

/** Runs the rounds as one check of `suite`. */
export async function killCluster(suite: Suite, options: KillClusterOptions): Promise<void> {
  const { rounds, what, how, secondsMax } = options
  const name = `${rounds} rounds of ${ways[how]} of ${what === 'any' ? 'any node' : `the ${what}`} of three`
  if (!suite.wants(name)) return
  const installed = await installOrReport(suite, name, installConfluentKafka)
  if (installed === undefined) return
  const obstacle = how === 'cut' || how === 'half' ? await HostNetwork.obstacle() : null
  if (obstacle !== null) return suite.skip(name, obstacle)
  const limitMs = (secondsMax + 180) * 1000
  await suite.check(name, () => runRounds(suite, installed, options), limitMs)
}

async function runRounds(
  suite: Suite,
  command: readonly string[],
  options: KillClusterOptions,
): Promise<void> {
  const { rate, seed } = options
  const network =
    options.how === 'cut' || options.how === 'half' ? await HostNetwork.create(3) : null
  const cluster = await HighwaterCluster.create(
    network === null ? {} : { placeOf: (id) => network.placeOf(id) },
  )
  await cluster.start()
  const load = new Load([...(network?.clients ?? []), ...command], cluster.bootstrap, {
    rate,
    seed,
    partitions: 1,
    replication: 3,
  })
  const rounds = new Rounds(cluster, network, load, options)
  try {
    await rounds.run()
    const { acknowledged } = await load.verify('finish')
    await cluster.stop()
    suite.note(
      `${rounds.done} rounds, ${acknowledged} records acknowledged, all there once and in order`,
    )
    suite.note(`misfortune to next acknowledged record: ${summary(rounds.stallsMs)}`)
    if (rounds.done < options.rounds) {
      throw new Error(`only ${rounds.done} of ${options.rounds} rounds in ${options.secondsMax} s`)
    }
  } catch (error) {
    const words = `librdkafka: ${load.log}\n${cluster.lastWords()}`
    throw new Error(`round ${rounds.done + 1}, seed ${seed}\n${words}`, { cause: error })
  } finally {
    await load.stop()
    await Promise.all(cluster.nodes.map(({ child }) => child.stop(5_000)))
    await network?.close()
  }
}

class Rounds {
  readonly #cluster: HighwaterCluster
  readonly #network: HostNetwork | null
  readonly #load: Load
  readonly #options: KillClusterOptions
  readonly #random: () => number
  readonly stallsMs: number[] = []
  done = 0

  constructor(
    cluster: HighwaterCluster,
    network: HostNetwork | null,
    load: Load,
    options: KillClusterOptions,
  ) {
    this.#cluster = cluster
    this.#network = network
    this.#load = load
    this.#options = options
    this.#random = randomNumbers(options.seed)
  }

  async run(): Promise<void> {
    const endMs = performance.now() + this.#options.secondsMax * 1000
    await this.#nextAck()
    await this.#healed()
    while (this.done < this.#options.rounds && performance.now() < endMs) {
      await sleep(this.#random() * CALM_MS_MAX)
      const victim = await this.#choose()
      const strikeMs = Date.now()
      await this.#strike(victim)
      this.stallsMs.push((await this.#nextAck()) - strikeMs)
      await this.#recover(victim, strikeMs)
      await this.#healed()
      await this.#load.verify('verify')
      await this.#compare()
      this.done += 1
    }
  }

  async #choose(): Promise<ClusterNode> {
    const { leader } = await this.#state()
    const others = this.#cluster.nodes.filter(({ id }) => id !== leader)
    const some = (nodes: readonly ClusterNode[]): ClusterNode =>
      nodes[Math.floor(this.#random() * nodes.length)] as ClusterNode
    switch (this.#options.what) {
      case 'leader':
        return this.#cluster.node(leader)
      case 'follower':
        return some(others)
      case 'controller':
        return this.#activeController()
      case 'any':
        return some(this.#cluster.nodes)
    }
  }

  /** The node that was the last to say that it leads the quorum. */
  #activeController(): ClusterNode {
    const epochs = this.#cluster.nodes.map((node) => {
      const lines = node.child.stderr.split('\n').filter((line) => line.includes('quorum.leader'))
      const epoch = Number(/"epoch":(\d+)/.exec(lines.at(-1) ?? '')?.[1] ?? -1)
      return { node, epoch }
    })
    const [latest] = epochs.toSorted((a, b) => b.epoch - a.epoch)
    if (latest === undefined || latest.epoch < 0) throw new Error('no node leads the quorum')
    return latest.node
  }

  async #strike(victim: ClusterNode): Promise<void> {
    const { how } = this.#options
    if (how === 'pause') victim.child.kill('SIGSTOP')
    else if (how === 'kill') await victim.kill()
    else if (how === 'cut') await this.#network?.isolate(victim.id)
    else for (const { id } of this.#others(victim)) await this.#network?.block(victim.id, id)
    // What the victim had answered is delivered by now, so the next acknowledgement is another's.
    await sleep(20)
  }

  async #recover(victim: ClusterNode, strikeMs: number): Promise<void> {
    const { how } = this.#options
    if (how === 'kill') {
      victim.launch()
      return victim.ready()
    }
    const lastsMs = how === 'pause' ? PAUSE_MS : this.#random() * CUT_MS_MAX
    await sleep(Math.max(0, strikeMs + lastsMs - Date.now()))
    if (how === 'pause') victim.child.kill('SIGCONT')
    else await this.#network?.heal()
  }

  #others(victim: ClusterNode): ClusterNode[] {
    return this.#cluster.nodes.filter((node) => node !== victim)
  }

  /** When the next record was acknowledged, in milliseconds since 1970. */
  async #nextAck(): Promise<number> {
    this.#load.say('mark')
    const { acknowledgedAtMs } = await this.#load.answer()
    return Number(acknowledgedAtMs)
  }

  async #state(): Promise<{ leader: number; isr: readonly number[] }> {
    this.#load.say('state 0')
    const { leader, isr } = await this.#load.answer()
    return { leader: Number(leader), isr: isr as readonly number[] }
  }

  async #healed(): Promise<void> {
    await eventually(
      'three replicas in sync',
      async () => {
        const { leader, isr } = await this.#state()
        return leader > 0 && isr.length === 3 ? true : undefined
      },
      HEALED_MS_MAX,
    )
  }

  /** Everything that was acknowledged by now is on three nodes, the same bytes on each, as soon as the followers have it. */
  async #compare(): Promise<void> {
    const { acknowledged } = await this.#load.verify('verify')
    const dirs = this.#cluster.nodes.map(({ logDir }) => logDir)
    let problem: unknown = null
    await eventually(
      'the same bytes on three nodes',
      () => {
        try {
          expectSameBytes(dirs, PARTITION, acknowledged)
          return true
        } catch (error) {
          problem = error
          return undefined
        }
      },
      5_000,
    ).catch((error: unknown) => {
      throw problem ?? error
    })
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      what: { type: 'string', default: 'leader' },
      how: { type: 'string', default: 'kill' },
      rounds: { type: 'string', default: '100' },
      'seconds-max': { type: 'string', default: '1200' },
      rate: { type: 'string', default: '1000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  })
  await runSuite('a node of three in trouble', {}, async (suite) => {
    suite.note(`seed ${values.seed}`)
    await killCluster(suite, {
      what: victims.find((it) => it === values.what) ?? 'any',
      how: values.how in ways ? (values.how as How) : 'kill',
      rounds: Number(values.rounds),
      secondsMax: Number(values['seconds-max']),
      rate: Number(values.rate),
      seed: Number(values.seed),
    })
  })
}
