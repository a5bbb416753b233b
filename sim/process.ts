import type { Io } from '../src/io/index.ts'
import { SimClock } from './clock.ts'
import { SimDisk } from './disk.ts'
import { simEntropy } from './entropy.ts'
import type { Machine } from './machine.ts'
import { SimTelemetry } from './telemetry.ts'
import type { ScheduledEvent, World } from './world.ts'

/** What dies with a process. */
export interface Owned {
  /** The process is gone: the kernel closes this without a callback. `isPowerCut`: and without a word to the peer. */
  die(isPowerCut: boolean): void
}

/** One process on a machine, with its own view of the world. Dead ones stay dead: start another. */
export class SimProcess {
  readonly name: string
  readonly machine: Machine
  readonly io: Io
  readonly telemetry: SimTelemetry
  isDead = false
  isFrozen = false
  readonly #owned = new Set<Owned>()
  #parked: ScheduledEvent[] = []

  constructor(machine: Machine, name: string) {
    const { world } = machine
    this.name = name
    this.machine = machine
    this.telemetry = new SimTelemetry(this)
    this.io = {
      clock: new SimClock(this),
      disk: new SimDisk(this),
      network: world.network.of(this),
      entropy: simEntropy(world.prng(`entropy ${name}`)),
      telemetry: this.telemetry,
    }
  }

  get world(): World {
    return this.machine.world
  }

  /**
   * SIGKILL: timers and pending calls are gone, files and connections closed by the kernel; the page cache stays. May be called at any
   * moment, also by the process's own stack.
   */
  kill(): void {
    this.end('kill', false)
  }

  /** SIGSTOP: nothing happens in the process until {@link thaw}; the world goes on. */
  freeze(): void {
    this.isFrozen = true
  }

  /** SIGCONT: all that would have happened meanwhile happens now, in its order. */
  thaw(): void {
    this.isFrozen = false
    const parked = this.#parked
    this.#parked = []
    for (const event of parked) this.world.reschedule(event)
  }

  park(event: ScheduledEvent): void {
    this.#parked.push(event)
  }

  own(resource: Owned): void {
    this.#owned.add(resource)
  }

  disown(resource: Owned): void {
    this.#owned.delete(resource)
  }

  end(reason: string, isPowerCut: boolean): void {
    if (this.isDead) return
    this.isDead = true
    this.#parked = []
    this.world.note(`${reason} ${this.name}`)
    for (const resource of this.#owned) resource.die(isPowerCut)
    this.#owned.clear()
    this.machine.processes.delete(this)
  }
}
