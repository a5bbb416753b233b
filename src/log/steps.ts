/**
 * Reading files in steps. What has to look at several places of a log (search an index, walk batches, recover) is written once, as a
 * generator that asks for bytes; whoever runs it decides whether the loop may wait for them.
 */
import type { PooledFile } from './file-cache.ts'

export interface ReadStep {
  readonly file: PooledFile
  readonly position: number
  readonly sizeBytes: number
  /** True when the bytes are surely in the page cache, so that reading them takes microseconds. */
  readonly hot: boolean
  /** Memory to read into, of at least `sizeBytes`; the bytes handed over are a view on it. Default: new memory. */
  readonly into?: Buffer
}

/** Yields what it wants to read and is handed the bytes: fewer only at the end of the file. */
export type Steps<T> = Generator<ReadStep, T, Buffer>

/** Runs it on the loop for as long as the bytes are hot, and off the loop from the first that are not. */
export function run<T>(steps: Steps<T>): T | Promise<T> {
  let turn = steps.next()
  while (turn.done !== true) {
    if (!turn.value.hot) return continueLater(steps, turn)
    turn = readNow(steps, turn.value)
  }
  return turn.value
}

/** Runs all of it on the loop. */
export function runNow<T>(steps: Steps<T>): T {
  let turn = steps.next()
  while (turn.done !== true) turn = readNow(steps, turn.value)
  return turn.value
}

/** Runs it with every read off the loop. */
export async function runLater<T>(steps: Steps<T>): Promise<T> {
  return continueLater(steps, steps.next())
}

async function continueLater<T>(
  steps: Steps<T>,
  start: IteratorResult<ReadStep, T>,
): Promise<T> {
  let turn = start
  while (turn.done !== true) turn = await readLater(steps, turn.value)
  return turn.value
}

function readNow<T>(steps: Steps<T>, step: ReadStep): IteratorResult<ReadStep, T> {
  const target = targetOf(step)
  let count: number
  try {
    count = step.file.read(target, step.position)
  } catch (error) {
    return steps.throw(error)
  }
  return steps.next(count === target.length ? target : target.subarray(0, count))
}

async function readLater<T>(
  steps: Steps<T>,
  step: ReadStep,
): Promise<IteratorResult<ReadStep, T>> {
  const target = targetOf(step)
  let count: number
  try {
    count = await step.file.readLater(target, step.position)
  } catch (error) {
    return steps.throw(error)
  }
  return steps.next(count === target.length ? target : target.subarray(0, count))
}

function targetOf(step: ReadStep): Buffer {
  return step.into?.subarray(0, step.sizeBytes) ?? Buffer.allocUnsafe(step.sizeBytes)
}
