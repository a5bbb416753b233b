/**
 * A runner for suites of checks against running programs: each check is a named pass, fail or skip with its time,
 * one line each; a failure never stops the rest; the last line is `N passed, N failed, N skipped`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

import { endAllChildren } from './processes.ts'

/** What became of one check. */
export interface CheckResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly seconds: number
  /** why it failed or was skipped; empty when it passed */
  readonly reason: string
}

export interface SuiteOptions {
  /** run only checks whose name contains this; the rest are not counted */
  readonly only?: string | undefined
}

const CHECK_TIMEOUT_MS = 180_000

/** The checks of one suite as they run. */
export class Suite {
  /** run only checks whose name contains this */
  readonly only: string | undefined
  readonly #results: CheckResult[] = []

  constructor(options: SuiteOptions = {}) {
    this.only = options.only
  }

  /**
   * Runs one check. The check passes when `body` returns and fails when it throws or takes longer than `timeoutMs`.
   * Returns whether it passed (true too when `only` left it out), so that checks that build on it can be skipped.
   */
  async check(
    name: string,
    body: () => Promise<void> | void,
    timeoutMs = CHECK_TIMEOUT_MS,
  ): Promise<boolean> {
    if (!this.wants(name)) return true
    const startedMs = performance.now()
    let reason = ''
    try {
      await withTimeout(body, timeoutMs)
    } catch (error) {
      reason = describeError(error)
    }
    const seconds = (performance.now() - startedMs) / 1000
    this.record({ name, outcome: reason === '' ? 'passed' : 'failed', seconds, reason })
    return reason === ''
  }

  /** Does what the checks after it need: only a failure is reported. Returns whether it worked. */
  async attempt(name: string, body: () => Promise<void> | void): Promise<boolean> {
    try {
      await body()
      return true
    } catch (error) {
      this.record({ name, outcome: 'failed', seconds: 0, reason: describeError(error) })
      return false
    }
  }

  /** Says that a check was not run, and why. */
  skip(name: string, reason: string): void {
    if (this.wants(name)) this.record({ name, outcome: 'skipped', seconds: 0, reason })
  }

  /** Whether `only` asks for a check of this name. */
  wants(name: string): boolean {
    return this.only === undefined || name.includes(this.only)
  }

  /** Adds a result that was found elsewhere, for example by a program in another language. */
  record(result: CheckResult): void {
    this.#results.push(result)
    const word = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }[result.outcome]
    const why = result.reason === '' ? '' : `: ${result.reason.replaceAll('\n', '\n       ')}`
    console.log(`${word} ${result.name} (${result.seconds.toFixed(1)} s)${why}`)
  }

  /** Prints a note between checks. */
  note(text: string): void {
    console.log(`     ${text}`)
  }

  /** How many checks ended in which way. */
  counts(): { passed: number; failed: number; skipped: number } {
    const count = (outcome: CheckResult['outcome']): number =>
      this.#results.filter((result) => result.outcome === outcome).length
    return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
  }
}

/**
 * Runs a whole suite as a program: runs `body`, ends every child process that is left, prints the closing line and
 * ends this process: 0 when every check passed, else 1. A suite in which nothing passed or failed counts as failed.
 */
export async function runSuite(
  title: string,
  options: SuiteOptions,
  body: (suite: Suite) => Promise<void>,
): Promise<never> {
  const suite = new Suite(options)
  console.log(`# ${title}`)
  try {
    await body(suite)
  } catch (error) {
    suite.record({
      name: `${title}: the suite itself`,
      outcome: 'failed',
      seconds: 0,
      reason: describeError(error),
    })
  }
  await endAllChildren()
  const { passed, failed, skipped } = suite.counts()
  if (passed + failed === 0) console.log('no check was run')
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

/** Calls `probe` until it returns something other than undefined; errors count as "not yet". */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs
  let last = 'nothing yet'
  while (performance.now() < endMs) {
    try {
      const found = await probe()
      if (found !== undefined) return found
    } catch (error) {
      last = describeError(error)
    }
    await sleep(100)
  }
  throw new Error(`wait for ${what}: gave up after ${timeoutMs} ms; last: ${last}`)
}

async function withTimeout(body: () => Promise<void> | void, timeoutMs: number): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`no result after ${timeoutMs} ms`)),
    timeoutMs,
  )
  try {
    await Promise.race([body(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** One readable text for whatever was thrown: its messages, causes and properties, not where it was thrown. */
export function describeError(error: unknown): string {
  return inspect(error, { depth: 6 })
    .replaceAll(/^\s+at .*$\n?/gm, '')
    .slice(0, 6000)
}
