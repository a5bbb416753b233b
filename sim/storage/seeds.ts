/** Many seeds, one after another; of those that fail, how to see it again, and how small. */
import { describeProfile, drawProfile } from './profile.ts'
import type { ProfileBounds } from './profile.ts'
import { runProfile } from './run.ts'
import type { Outcome } from './run.ts'
import { Violation } from './violation.ts'

export interface SeedsOptions {
  readonly from: number
  readonly count: number
  /** Begin no further seed after so long. */
  readonly secondsMax: number
  readonly bounds: ProfileBounds
  /** Lines of the trace that are printed of a seed that fails. */
  readonly linesMax: number
  readonly print: (line: string) => void
}

export interface SeedsReport {
  readonly seeds: number
  readonly failures: readonly number[]
}

/** Every so many seeds one runs twice, and must do the same. */
const TWICE_EVERY = 100
const SHRINKS_MAX = 30

export async function runSeeds(options: SeedsOptions): Promise<SeedsReport> {
  const { from, count, secondsMax, bounds, print } = options
  const startedUs = cpuUs()
  const failures: number[] = []
  let virtualMs = 0
  let starts = 0
  let seed = from
  for (; seed < from + count && cpuUs() - startedUs < secondsMax * 1e6; seed++) {
    const outcome = await runOne(seed, options)
    virtualMs += outcome.virtualMs
    starts += outcome.starts
    if (outcome.failure === null) continue
    failures.push(seed)
    await report(seed, bounds, outcome, options)
  }
  const cpuSeconds = (cpuUs() - startedUs) / 1e6
  const seeds = seed - from
  print(
    `${seeds} seeds, ${failures.length} failed; ${Math.round(virtualMs / 1000)} virtual seconds in ${cpuSeconds.toFixed(1)} CPU seconds (${Math.round(virtualMs / 1000 / cpuSeconds)} to 1), ${starts} starts of a node`,
  )
  return { seeds, failures }
}

async function runOne(seed: number, { bounds, linesMax }: SeedsOptions): Promise<Outcome> {
  const outcome = await runProfile(drawProfile(seed, bounds), { linesMax })
  if (seed % TWICE_EVERY !== 0 || outcome.failure !== null) return outcome
  const { hash } = await runProfile(drawProfile(seed, bounds), { linesMax })
  if (hash === outcome.hash) return outcome
  const failure = new Violation('determinism', `seed ${seed} gave ${outcome.hash}, then ${hash}`)
  return { ...outcome, failure }
}

async function report(
  seed: number,
  bounds: ProfileBounds,
  outcome: Outcome,
  { print }: SeedsOptions,
): Promise<void> {
  const { failure } = outcome
  print(`seed ${seed}: ${failure instanceof Violation ? failure.message : failure?.stack}`)
  print(`  ${describeProfile(drawProfile(seed, bounds))}`)
  for (const line of outcome.lastLines) print(`  ${line}`)
  const { operationsMax, faultsMax } = await shrink(seed, bounds, outcome)
  print(
    `  again: node sim/main.ts --seeds 1 --from ${seed}${flag('operations', operationsMax)}${flag('faults', faultsMax)} --lines 500`,
  )
}

function flag(name: string, value: number | undefined): string {
  return value === undefined || value === Infinity ? '' : ` --${name} ${value}`
}

/** Fewer operations, then fewer faults, for as long as the same checker complains. */
async function shrink(
  seed: number,
  bounds: ProfileBounds,
  { failure }: Outcome,
): Promise<ProfileBounds> {
  const drawn = drawProfile(seed, bounds)
  let best = { operationsMax: drawn.operations, faultsMax: drawn.faults }
  const stillFails = async (candidate: typeof best): Promise<boolean> => {
    const outcome = await runProfile(drawProfile(seed, candidate))
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

function checkerOf(failure: Error | null): string | null {
  return failure instanceof Violation ? failure.checker : (failure?.name ?? null)
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
