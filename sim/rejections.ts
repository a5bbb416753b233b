/**
 * A process that is killed in the middle of a call gets a {@link KilledError} up its stack. Where nobody catches it, it must not look like
 * a failure of the program that simulates: every other unhandled rejection goes where it went before.
 */
import { KilledError } from './killed-error.ts'

let runs = 0
let before: NodeJS.UnhandledRejectionListener[] = []

/** Runs `body` while rejections of killed processes are let pass. */
export async function withoutKilledRejections<T>(body: () => Promise<T>): Promise<T> {
  if (runs++ === 0) {
    before = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', forward)
  }
  try {
    return await body()
  } finally {
    if (--runs === 0) {
      process.off('unhandledRejection', forward)
      for (const listener of before) process.on('unhandledRejection', listener)
    }
  }
}

/** Runs a scenario to its end: null, or what went wrong, a rejection that nobody caught included. */
export async function failureOf(scenario: () => Promise<void>): Promise<Error | null> {
  const strays: Error[] = []
  const onStray = (reason: unknown): void => {
    strays.push(reason instanceof Error ? reason : new Error(String(reason)))
  }
  process.on('unhandledRejection', onStray)
  try {
    await scenario()
    return strays[0] ?? null
  } catch (error) {
    return error as Error
  } finally {
    process.off('unhandledRejection', onStray)
  }
}

function forward(reason: unknown, promise: Promise<unknown>): void {
  if (reason instanceof KilledError) return
  if (before.length === 0) throw reason
  for (const listener of before) listener(reason, promise)
}
