import type { Clock, Timer } from '../src/io/index.ts'
import type { SimProcess } from './process.ts'

/** How late a timer may be. */
const LATE_MS_MAX = 1
/** What a turn of the loop takes, so that code which waits by turning sees time pass. */
const TURN_MS = 0.005
/** Covers the rounding between true and machine time, so that no timer is early by its own clock. */
const ROUNDING_MS = 0.001

/** The clocks of a process's machine, and timers that die with the process. */
export class SimClock implements Clock {
  readonly #process: SimProcess
  readonly #late: () => number

  constructor(process: SimProcess) {
    this.#process = process
    const prng = process.machine.world.prng(`timers ${process.name}`)
    this.#late = () => prng.float() * LATE_MS_MAX
  }

  monotonicMs(): number {
    return this.#process.machine.monotonicMs
  }

  wallMs(): number {
    return this.#process.machine.wallMs
  }

  after(delayMs: number, callback: () => void): Timer {
    const { world, machine, name } = this.#process
    const trueMs = Math.max(0, delayMs) / machine.clockRate + ROUNDING_MS + this.#late()
    const event = world.schedule(trueMs, `timer ${name}`, callback, this.#process)
    return {
      cancel: () => {
        event.isCancelled = true
      },
    }
  }

  soon(callback: () => void): void {
    const { world, name } = this.#process
    world.schedule(TURN_MS, `soon ${name}`, callback, this.#process)
  }
}
