/** Many seeds of one profile, one after another; of those that fail, how to see it again, and how small. */
import { Violation } from './violation.ts'

/** For shrinking: fewer of what the seed drew. */
export interface ProfileBounds {
  readonly operationsMax?: number
  readonly faultsMax?: number
}

export interface Outcome {
  readonly hash: string
  readonly virtualMs: number
  readonly events: number
  readonly starts: number
  /** Null: the promise was kept. */
  readonly failure: Error | null
  readonly lastLines: readonly string[]
}

/** A profile of the simulator: what seeds decide, and what happens then. */
export interface Simulation<
  Profile extends { readonly operations: number; readonly faults: number },
> {
  readonly name: string
  draw(seed: number, bounds: ProfileBounds): Profile
  /** On one line. */
  describe(profile: Profile): string
  /** `linesMax`: how many of the last lines of the trace are kept. */
  run(profile: Profile, options: { readonly linesMax: number }): Promise<Outcome>
}

export interface SeedsOptions {
  readonly from: number
  readonly count: number
  /** Begin no further seed after so long. */
  readonly secondsMax: number
  readonly bounds: ProfileBounds
  /** Lines of the trace that are printed of a seed that fails. */
  readonly linesMax: number
  /** With a bug put back: stop at the first seed that shows it, and do not look for a smaller one. */
  readonly exhibit: string | null
  readonly print: (line: string) => void
}

export interface SeedsReport {
  readonly seeds: number
  readonly failures: readonly number[]
}

/** Every so many seeds one runs twice, and must do the same. */
const TWICE_EVERY = 100
const SHRINKS_MAX = 30

export async function runSeeds<
  Profile extends { readonly operations: number; readonly faults: number },
>(simulation: Simulation<Profile>, options: SeedsOptions): Promise<SeedsReport> {
  return new SeedsRun(simulation, options).toEnd()
}

class SeedsRun<Profile extends { readonly operations: number; readonly faults: number }> {
  readonly #simulation: Simulation<Profile>
  readonly #options: SeedsOptions
  readonly #failures: number[] = []
  #seeds = 0
  #virtualMs = 0
  #starts = 0

  constructor(simulation: Simulation<Profile>, options: SeedsOptions) {
    this.#simulation = simulation
    this.#options = options
  }

  async toEnd(): Promise<SeedsReport> {
    const { from, count, secondsMax, exhibit, print } = this.#options
    const startedUs = cpuUs()
    for (let seed = from; seed < from + count; seed++) {
      if (cpuUs() - startedUs > secondsMax * 1e6) break
      if (exhibit !== null && this.#failures.length > 0) break
      await this.#one(seed)
    }
    const cpuSeconds = (cpuUs() - startedUs) / 1e6
    const virtualSeconds = this.#virtualMs / 1000
    print(
      `${this.#simulation.name}: ${this.#seeds} seeds, ${this.#failures.length} failed; ${Math.round(virtualSeconds)} virtual seconds in ${cpuSeconds.toFixed(1)} CPU seconds (${Math.round(virtualSeconds / cpuSeconds)} to 1), ${this.#starts} starts of a node`,
    )
    return { seeds: this.#seeds, failures: this.#failures }
  }

  async #one(seed: number): Promise<void> {
    const outcome = await this.#run(seed)
    this.#seeds += 1
    this.#virtualMs += outcome.virtualMs
    this.#starts += outcome.starts
    if (outcome.failure === null) return
    this.#failures.push(seed)
    await this.#report(seed, outcome)
  }

  async #run(seed: number): Promise<Outcome> {
    const { bounds, linesMax } = this.#options
    const simulation = this.#simulation
    const outcome = await simulation.run(simulation.draw(seed, bounds), { linesMax })
    if (seed % TWICE_EVERY !== 0 || outcome.failure !== null) return outcome
    const { hash } = await simulation.run(simulation.draw(seed, bounds), { linesMax })
    if (hash === outcome.hash) return outcome
    const failure = new Violation('determinism', `seed ${seed} gave ${outcome.hash}, then ${hash}`)
    return { ...outcome, failure }
  }

  async #report(seed: number, outcome: Outcome): Promise<void> {
    const { bounds, exhibit, print } = this.#options
    const { name } = this.#simulation
    const { failure } = outcome
    print(`seed ${seed}: ${failure instanceof Violation ? failure.message : failure?.stack}`)
    print(`  ${this.#simulation.describe(this.#simulation.draw(seed, bounds))}`)
    for (const line of outcome.lastLines) print(`  ${line}`)
    if (exhibit !== null) {
      print(`  again: node sim/main.ts --exhibit ${exhibit} --seeds 1 --from ${seed} --lines 500`)
      return
    }
    const { operationsMax, faultsMax } = await this.#shrink(seed, outcome)
    const size = flag('operations', operationsMax) + flag('faults', faultsMax)
    print(`  again: node sim/main.ts --profile ${name} --seeds 1 --from ${seed}${size} --lines 500`)
  }

  /** Fewer operations, then fewer faults, for as long as the same checker complains. */
  async #shrink(seed: number, { failure }: Outcome): Promise<ProfileBounds> {
    const simulation = this.#simulation
    const drawn = simulation.draw(seed, this.#options.bounds)
    let best = { operationsMax: drawn.operations, faultsMax: drawn.faults }
    const stillFails = async (candidate: typeof best): Promise<boolean> => {
      const outcome = await simulation.run(simulation.draw(seed, candidate), { linesMax: 0 })
      return checkerOf(outcome.failure) === checkerOf(failure)
    }
    for (let tries = 0, step = 0.5; tries < SHRINKS_MAX && step > 0.02; tries++) {
      const fewer = { ...best, operationsMax: Math.floor(best.operationsMax * (1 - step)) }
      if (await stillFails(fewer)) best = fewer
      else step /= 2
    }
    while (best.faultsMax > 0 && (await stillFails({ ...best, faultsMax: best.faultsMax - 1 }))) {
      best = { ...best, faultsMax: best.faultsMax - 1 }
    }
    return best
  }
}

function flag(name: string, value: number | undefined): string {
  return value === undefined || value === Infinity ? '' : ` --${name} ${value}`
}

function checkerOf(failure: Error | null): string | null {
  return failure instanceof Violation ? failure.checker : (failure?.name ?? null)
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
