/**
 * A world: machines with disks, a network between them and processes on them, all driven by one seed.
 *
 * Everything that happens is an event in one queue, ordered by virtual time and, at one time, by the order of scheduling. Between two
 * events the world waits for a real macrotask, so all promises that an event settled have run their course before the next one: ordinary `await` code
 * becomes deterministic. The same seed gives the same trace, event by event.
 *
 * Faults happen by call ({@link Machine.powerCut}, `network.block`, `volume.inject` ...) or by the chances of the options; which
 * of them a system must survive is for the workload to say.
 */
import { MinHeap } from 'mnemonist'
import { Prng } from '../src/base/index.ts'
import { Machine } from './machine.ts'
import type { MachineOptions } from './machine.ts'
import { SimNetwork } from './network.ts'
import type { SimNetworkOptions } from './network.ts'
import { KilledError } from './killed-error.ts'
import type { SimProcess } from './process.ts'
import { withoutKilledRejections } from './rejections.ts'
import { seedFor, Trace } from './trace.ts'

export interface WorldOptions {
  readonly seed: number
  /** The wall clock at the beginning. */
  readonly wallStartMs?: number
  readonly network?: SimNetworkOptions
  /** How many of the last trace lines are kept. */
  readonly traceLinesMax?: number
}

export interface RunBounds {
  /** Stop when this much virtual time has passed. */
  readonly forMs?: number
  /** Stop before the next event once this holds. */
  readonly until?: () => boolean
  /** Give up, with an error, after so many events. */
  readonly eventsMax?: number
}

/** Something that will happen unless it is cancelled or its process is dead by then. */
export interface ScheduledEvent {
  readonly label: string
  readonly owner: SimProcess | null
  readonly run: () => void
  atMs: number
  /** Order among events at one time. */
  order: number
  isCancelled: boolean
}

const WALL_START_MS = Date.UTC(2026, 0, 1)
const EVENTS_MAX = 50_000_000

export class World {
  readonly seed: number
  readonly trace: Trace
  readonly network: SimNetwork
  readonly wallStartMs: number
  readonly machines: Machine[] = []
  /** True time, in virtual milliseconds since the beginning. Machines see it through clocks that drift. */
  nowMs = 0
  eventCount = 0
  readonly #queue = new MinHeap<ScheduledEvent>((a, b) => a.atMs - b.atMs || a.order - b.order)
  #scheduled = 0
  #failure: unknown = null

  constructor(options: WorldOptions) {
    this.seed = options.seed
    this.wallStartMs = options.wallStartMs ?? WALL_START_MS
    this.trace = new Trace(options.traceLinesMax ?? 200)
    this.network = new SimNetwork(this, options.network ?? {})
  }

  /** A generator for one part of the world. The same name gives the same numbers, whatever else happens. */
  prng(part: string): Prng {
    return new Prng(seedFor(this.seed, part))
  }

  /** Adds a machine, switched on. */
  machine(name: string, options: MachineOptions = {}): Machine {
    const machine = new Machine(this, name, options)
    this.machines.push(machine)
    return machine
  }

  /** Lets `run` happen `delayMs` from now; with an owner, only while that process lives and is not frozen. */
  schedule(
    delayMs: number,
    label: string,
    run: () => void,
    owner: SimProcess | null = null,
  ): ScheduledEvent {
    const atMs = this.nowMs + Math.max(0, delayMs)
    const event = { label, owner, run, atMs, order: this.#scheduled++, isCancelled: false }
    this.#queue.push(event)
    return event
  }

  /** Puts an event that could not happen in its time (its process was frozen) back, for now. */
  reschedule(event: ScheduledEvent): void {
    event.atMs = this.nowMs
    event.order = this.#scheduled++
    this.#queue.push(event)
  }

  /** Adds to the trace. */
  note(text: string): void {
    this.trace.record(this.nowMs, text)
  }

  /** Makes the current {@link run} throw: something failed that no test expected. */
  fail(error: unknown): void {
    if (error instanceof KilledError) return
    this.#failure ??= error ?? new Error('A process failed without an error')
  }

  /** Lets events happen, until a bound is reached or none is left. Throws what a process failed with. */
  async run(bounds: RunBounds = {}): Promise<void> {
    const endMs = this.nowMs + (bounds.forMs ?? Infinity)
    const eventsEnd = this.eventCount + (bounds.eventsMax ?? EVENTS_MAX)
    await withoutKilledRejections(async () => {
      while (bounds.until?.() !== true) {
        const next = this.#queue.peek()
        if (next === undefined || next.atMs > endMs) {
          if (endMs !== Infinity) this.nowMs = endMs
          return
        }
        if (this.eventCount >= eventsEnd) throw new Error(`No end after ${this.eventCount} events`)
        await this.#step()
      }
    })
  }

  /** Lets events happen until `promise` is settled, and returns or throws what it holds. */
  async settle<T>(promise: Promise<T>, bounds: RunBounds = {}): Promise<T> {
    let isSettled = false
    const mark = (): void => {
      isSettled = true
    }
    promise.then(mark, mark)
    await macrotask()
    await this.run({ ...bounds, until: () => isSettled || bounds.until?.() === true })
    if (!isSettled) {
      throw new Error(`Cannot settle the promise: nothing more happens at ${this.nowMs} ms`)
    }
    return promise
  }

  async #step(): Promise<void> {
    const event = this.#queue.pop() as ScheduledEvent
    if (event.isCancelled || event.owner?.isDead === true) return
    this.nowMs = Math.max(this.nowMs, event.atMs)
    if (event.owner?.isFrozen === true) {
      event.owner.park(event)
      return
    }
    this.eventCount += 1
    this.note(event.label)
    try {
      event.run()
    } catch (error) {
      this.fail(error)
    }
    await macrotask()
    if (this.#failure !== null) {
      const failure = this.#failure
      this.#failure = null
      throw failure
    }
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
