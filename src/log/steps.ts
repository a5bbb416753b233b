/**
 * Reading files in steps. What has to look at several places of a log (search an index, walk batches, recover) is written once, as a
 * generator that asks for bytes; whoever runs it decides whether the loop may wait for them.
 */
import { assert } from '../base/index.ts'
import type { BufferPool } from '../base/index.ts'
import { DiskError } from '../io/index.ts'
import { LogError } from './errors.ts'
import type { PooledFile } from './file-cache.ts'

export interface ReadStep {
  readonly file: PooledFile
  readonly position: number
  readonly sizeBytes: number
  /** True when the bytes are surely in the page cache, so that reading them takes microseconds. */
  readonly hot: boolean
  /** Memory of at least `sizeBytes` that may be read into: the bytes are needed only until the next step. */
  readonly into?: Buffer
  /** Where the memory comes from otherwise. */
  readonly buffers?: BufferPool | undefined
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
export function runLater<T>(steps: Steps<T>): Promise<T> {
  return continueLater(steps, steps.next())
}

async function continueLater<T>(steps: Steps<T>, start: Turn<T>): Promise<T> {
  let turn = start
  while (turn.done !== true) turn = resume(steps, await readLater(turn.value))
  return turn.value
}

/** Steps that are under way off the loop, and that somebody may need done at once. */
export class Running<T> {
  readonly done: Promise<T>
  readonly #steps: Steps<T>
  #turn: Turn<T>
  /** What the steps threw, in a box because anything can be thrown. */
  #failure: { readonly error: unknown } | null = null

  constructor(steps: Steps<T>) {
    this.#steps = steps
    this.#turn = steps.next()
    this.done = this.#goOn()
  }

  /** Ends it with this error, unless it is done. What is being read is thrown away. */
  cancel(error: unknown): void {
    if (this.#turn.done !== true) this.#failure ??= { error }
  }

  /** Does the rest on the loop. */
  finish(): T {
    try {
      while (this.#turn.done !== true && this.#failure === null)
        this.#turn = readNow(this.#steps, this.#turn.value)
    } catch (error) {
      this.#failure = { error }
    }
    return this.#result()
  }

  async #goOn(): Promise<T> {
    for (;;) {
      const turn = this.#turn
      if (turn.done === true || this.#failure !== null) return this.#result()
      const answer = await readLater(turn.value)
      // If `finish` went on without this answer, there is nothing left to do with it.
      if (this.#turn === turn && this.#failure === null) this.#turn = resume(this.#steps, answer)
    }
  }

  #result(): T {
    if (this.#failure !== null) throw this.#failure.error
    assert(this.#turn.done === true, 'the steps are done')
    return this.#turn.value
  }
}

type Turn<T> = IteratorResult<ReadStep, T>

function readNow<T>(steps: Steps<T>, step: ReadStep): Turn<T> {
  const target = step.into?.subarray(0, step.sizeBytes) ?? allocate(step)
  let count: number
  try {
    count = step.file.read(target, step.position)
  } catch (error) {
    return steps.throw(readError(error))
  }
  return steps.next(count === target.length ? target : target.subarray(0, count))
}

function allocate({ buffers, sizeBytes }: ReadStep): Buffer {
  return buffers?.take(sizeBytes) ?? Buffer.allocUnsafe(sizeBytes)
}

type Answer = { readonly bytes: Buffer } | { readonly error: unknown }

/** Always into memory of its own: whoever waits may have been overtaken by {@link Running.finish}, which uses `into`. */
async function readLater(step: ReadStep): Promise<Answer> {
  const target = allocate(step)
  try {
    const count = await step.file.readLater(target, step.position)
    return { bytes: count === target.length ? target : target.subarray(0, count) }
  } catch (error) {
    return { error: readError(error) }
  }
}

/** What a device cannot read is damage to what lies there. It does not make the log dir fail: nothing that was promised of writes is in doubt. */
function readError(error: unknown): unknown {
  if (!(error instanceof DiskError) || error.code !== 'IO') return error
  return new LogError('UNREADABLE', error.message, error)
}

function resume<T>(steps: Steps<T>, answer: Answer): Turn<T> {
  return 'bytes' in answer ? steps.next(answer.bytes) : steps.throw(answer.error)
}
