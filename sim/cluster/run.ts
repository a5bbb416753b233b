/** One seed of the cluster profile: nodes, clients, misfortunes; then peace, in which all must come right. */
import { World } from '../index.ts'
import { poisonReturnedMemory } from '../poison.ts'
import type { SimProcess } from '../index.ts'
import { failureOf } from '../rejections.ts'
import type { Outcome } from '../seeds.ts'
import { Violation } from '../violation.ts'
import { ClusterClient } from './client.ts'
import { Cluster } from './cluster.ts'
import { whatIsMissing } from './convergence.ts'
import { Nemesis } from './nemesis.ts'
import type { ClusterProfile } from './profile.ts'
import { checkReplicas } from './replicas.ts'
import { ClusterShadow } from './shadow.ts'
import { Workload } from './workload.ts'

/** Name and number of partitions. */
const TOPICS: ReadonlyMap<string, number> = new Map([
  ['apples', 2],
  ['pears', 1],
])
const RUN_MS_MAX = 60 * 60_000
/** The cluster is whole again so long after the last fault. */
const WHOLE_MS_MAX = 120_000
const WORK_MS_MAX = 30 * 60_000

export interface RunOptions {
  /** Changes the run so that a checker must find something: for the tests of the checkers. */
  readonly sabotage?: (run: ClusterRun) => void
  /** How many of the last lines of the trace are kept. */
  readonly linesMax?: number
}

export async function runCluster(
  profile: ClusterProfile,
  options: RunOptions = {},
): Promise<Outcome> {
  const run = new ClusterRun(profile, options.linesMax ?? 0)
  options.sabotage?.(run)
  const failure = await run.toEnd()
  const { world, cluster } = run
  return {
    hash: world.trace.hash,
    virtualMs: world.nowMs,
    events: world.eventCount,
    starts: cluster.starts,
    failure,
    lastLines: world.trace.lines,
  }
}

export class ClusterRun {
  readonly world: World
  readonly cluster: Cluster
  readonly shadow: ClusterShadow
  readonly workload: Workload
  readonly inspector: ClusterClient
  /** Called when all is quiet and the replicas are about to be compared: mutations hook in here. */
  beforeComparison: () => void = () => {}
  readonly #profile: ClusterProfile
  readonly #nemesis: Nemesis
  readonly #clerk: SimProcess
  readonly #restarting = new Set<number>()
  #isOver = false

  constructor(profile: ClusterProfile, traceLinesMax: number) {
    poisonReturnedMemory()
    this.#profile = profile
    this.world = new World({ seed: profile.seed, network: profile.network, traceLinesMax })
    this.cluster = new Cluster(this.world, profile)
    this.shadow = new ClusterShadow(
      TOPICS,
      profile.nodes.map(({ id }) => id),
    )
    this.workload = new Workload(this.world, profile, this.shadow)
    this.#nemesis = new Nemesis(this.world, this.cluster, profile)
    for (const client of this.workload.clients) {
      client.onAnswered = (nodeId) => this.#nemesis.answered(nodeId)
    }
    const machine = this.world.machine('inspector')
    this.inspector = new ClusterClient(machine.process('inspector'))
    this.#clerk = machine.process('clerk')
  }

  /** Null, or what went wrong. */
  toEnd(): Promise<Error | null> {
    return failureOf(() => this.world.settle(this.#scenario(), { forMs: RUN_MS_MAX }))
  }

  async #scenario(): Promise<void> {
    for (const node of this.cluster.nodes) await node.format()
    for (const node of this.cluster.nodes) node.start()
    const isWatching = this.#watch()
    const isWorking = this.workload.run()
    let failure: unknown = null
    isWorking.catch((error: unknown) => (failure = error))
    // Faults begin when there is something that they can hurt.
    await this.#until(() => this.shadow.targets().length > 0 || failure !== null, WHOLE_MS_MAX)
    const startMs = this.world.nowMs
    for (let faults = 0; !this.workload.isDone;) {
      await this.#sleep(this.#nemesis.gapMs())
      if (failure !== null) throw failure
      if (this.world.nowMs > startMs + WORK_MS_MAX) break
      if (faults++ < this.#profile.faults) this.#nemesis.strike()
    }
    await isWorking
    this.#nemesis.heal()
    await this.#becomeWhole()
    this.#isOver = true
    await isWatching
    this.#compare()
  }

  /** Starts nodes again that are gone, as service managers would. */
  async #watch(): Promise<void> {
    const prng = this.world.prng('watch')
    while (!this.#isOver) {
      await this.#sleep(100)
      for (const node of this.cluster.nodes) {
        if (node.isAlive || this.#restarting.has(node.id)) continue
        this.#restarting.add(node.id)
        const waitMs = prng.float() * prng.pick([200, 4_000])
        this.world.schedule(waitMs, `start node ${node.id} again`, () => {
          this.#restarting.delete(node.id)
          if (!node.isAlive && !this.#isOver) node.start()
        })
      }
    }
  }

  async #becomeWhole(): Promise<void> {
    const endMs = this.world.nowMs + WHOLE_MS_MAX
    for (;;) {
      const missing = await whatIsMissing(this.inspector, this.shadow)
      if (missing === null) return
      this.world.note(`not whole: ${missing}`)
      if (this.world.nowMs > endMs) throw new Violation('liveness', missing)
      await this.#sleep(500)
    }
  }

  #compare(): void {
    for (const node of this.cluster.nodes) node.kill()
    this.beforeComparison()
    const partitions = this.shadow.targets().map(({ topic, index, leadership, partition }) => {
      const name = `${topic.name}-${index}`
      return { name, nodeIds: leadership.replicas, committedEnd: partition.knownEnd }
    })
    checkReplicas(this.cluster, partitions)
  }

  async #until(condition: () => boolean, forMs: number): Promise<void> {
    const endMs = this.world.nowMs + forMs
    while (!condition()) {
      if (this.world.nowMs > endMs) throw new Violation('liveness', 'the cluster does not come up')
      await this.#sleep(50)
    }
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#clerk.io.clock.after(delayMs, resolve))
  }
}
