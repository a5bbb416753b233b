/** One seed of the storage profile: a node, its clients, its misfortunes, and whether it kept its promise. */
import { World } from '../index.ts'
import { poisonReturnedMemory } from '../poison.ts'
import type { SimProcess } from '../index.ts'
import { failureOf } from '../rejections.ts'
import type { Outcome } from '../seeds.ts'
import { SimClient } from './client.ts'
import { ClusterOfOne } from './cluster-of-one.ts'
import { checkLogDirectory } from './log-directory.ts'
import { Nemesis } from './nemesis.ts'
import { describeProducers } from './producer-state.ts'
import type { Profile } from './profile.ts'
import { Shadow } from './shadow.ts'
import { survey } from './survey.ts'
import { Violation } from '../violation.ts'
import { TOPIC_NAMES, Workload } from './workload.ts'

export interface RunOptions {
  /** Changes the run so that a checker must find something: for the tests of the checkers. */
  readonly sabotage?: (run: StorageRun) => void
  /** How many of the last lines of the trace are kept. */
  readonly linesMax?: number
}

const RUN_MS_MAX = 30 * 60_000
const HEALED_MS_MAX = 120_000

export async function runProfile(profile: Profile, options: RunOptions = {}): Promise<Outcome> {
  const run = new StorageRun(profile, options.linesMax ?? 0)
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

export class StorageRun {
  readonly world: World
  readonly cluster: ClusterOfOne
  readonly shadow: Shadow
  readonly workload: Workload
  /** Called before each start of the node: mutations hook in here. */
  onStart: () => void = () => {}
  /** Called when the node has stopped in order for the last time but one. */
  afterCleanStop: () => void = () => {}
  readonly #profile: Profile
  readonly #nemesis: Nemesis
  readonly inspector: SimClient
  readonly #clerk: SimProcess

  constructor(profile: Profile, traceLinesMax: number) {
    poisonReturnedMemory()
    this.#profile = profile
    this.world = new World({ seed: profile.seed, network: profile.network, traceLinesMax })
    this.cluster = new ClusterOfOne(this.world, profile)
    this.shadow = new Shadow(profile.flush, TOPIC_NAMES)
    this.workload = new Workload(this.world, profile, this.shadow)
    this.#nemesis = new Nemesis(this.world, this.cluster, this.shadow, profile)
    for (const client of this.workload.clients) client.onAnswered = () => this.#nemesis.answered()
    const machine = this.world.machine('inspector')
    this.inspector = new SimClient(machine.process('inspector'))
    this.#clerk = machine.process('clerk')
  }

  /** Null, or what went wrong. */
  toEnd(): Promise<Error | null> {
    return failureOf(() => this.world.settle(this.#scenario(), { forMs: RUN_MS_MAX }))
  }

  async #scenario(): Promise<void> {
    await this.#restart()
    const isWorking = this.workload.run()
    let failure: unknown = null
    isWorking.catch((error: unknown) => (failure = error))
    for (let faults = 0; !this.workload.isDone;) {
      await this.#sleep(this.#nemesis.gapMs())
      if (failure !== null) throw failure
      if (faults++ < this.#profile.faults) await this.#nemesis.strike()
      await this.#watch()
    }
    await isWorking
    await this.#epilogue()
  }

  /** Starts the node again if it is gone, as a service manager would. */
  async #watch(): Promise<void> {
    if (this.cluster.isUp) return
    await this.#sleep(this.world.prng(`pause ${this.cluster.starts}`).float() * 500)
    if (!this.cluster.isUp) await this.#restart()
  }

  /** Starts it until it serves and all that it must hold was seen to be there. */
  async #restart(): Promise<void> {
    await this.workload.pause(this.inspector)
    for (let tries = 0; ; tries++) {
      if (tries === MAX_TRIES) this.#nemesis.heal()
      if (tries === 2 * MAX_TRIES) throw new Violation('recovery', 'the node does not come back')
      if (!this.cluster.isUp && !(await this.#startOnce())) continue
      if (await survey(this.inspector, this.shadow)) break
      await this.#sleep(100)
      // One of two log dirs may have failed: the node goes on without it until somebody starts it again.
      if (tries % SURVEYS_PER_START === SURVEYS_PER_START - 1) this.cluster.kill()
    }
    this.workload.resume()
  }

  async #startOnce(): Promise<boolean> {
    if (!this.cluster.machine.isOn) this.shadow.mayHaveLostTails()
    if (this.cluster.isClean) this.shadow.settled()
    this.onStart()
    const problem = await this.cluster.start()
    if (problem === null) return true
    this.world.note(`start failed: ${problem.message}`)
    if (!this.#nemesis.excusesFailedStart) throw problem
    this.cluster.kill()
    await this.#sleep(100)
    return false
  }

  /** No more harm: everything must come right, and stay so. */
  async #epilogue(): Promise<void> {
    this.#nemesis.heal()
    const startedMs = this.world.nowMs
    do {
      await this.#watch()
      if (this.world.nowMs > startedMs + HEALED_MS_MAX) {
        throw new Violation('liveness', 'the node is not whole again')
      }
    } while (!this.cluster.isUp || !(await survey(this.inspector, this.shadow)))
    await this.#checkReplay()
    // Partitions that nobody uses are recovered a while after the start; before that a stop leaves no mark.
    await this.#sleep(RECOVERED_MS)
    const problem = await this.cluster.stop()
    if (problem !== null) throw problem
    if (!this.cluster.isClean) throw new Violation('clean stop', 'a log dir bears no mark of it')
    this.afterCleanStop()
    const { disk } = this.cluster.machine.process('reader').io
    for (const dir of this.cluster.logDirs) checkLogDirectory(disk, dir)
    await this.#restart()
    await this.cluster.stop()
  }

  /** What is known of producers while the node lives must be what it knows after a crash. */
  async #checkReplay(): Promise<void> {
    const before = await describeProducers(this.inspector, this.shadow)
    this.cluster.kill()
    await this.#restart()
    const after = await describeProducers(this.inspector, this.shadow)
    for (const [partition, producers] of before ?? []) {
      const replayed = after?.get(partition)
      if (replayed !== undefined && replayed !== producers) {
        throw new Violation(
          'producer state',
          `${partition}: live [${producers}], replayed [${replayed}]`,
        )
      }
    }
  }

  #sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#clerk.io.clock.after(delayMs, resolve))
  }
}

const MAX_TRIES = 20
const SURVEYS_PER_START = 5
const RECOVERED_MS = 10_000
