import type { Prng } from '../src/base/index.ts'
import { SimProcess } from './process.ts'
import { Volume } from './volume.ts'
import type { VolumeOptions } from './volume.ts'
import type { World } from './world.ts'

export interface MachineOptions {
  /** Names and addresses beside the one it is given. */
  readonly hosts?: readonly string[]
  /** How much faster than true time its clocks run, in parts per million. */
  readonly driftPpm?: number
  /** How far its wall clock is off. */
  readonly wallOffsetMs?: number
  readonly disk?: VolumeOptions
}

/** Power and switches, a disk, two clocks, an address. */
export class Machine {
  readonly world: World
  readonly name: string
  /** As others see it. */
  readonly address: string
  readonly hosts: ReadonlySet<string>
  readonly volume: Volume
  readonly processes = new Set<SimProcess>()
  /** Clock milliseconds in a true one. */
  readonly clockRate: number
  isOn = true
  #monotonicStartMs: number
  #wallOffsetMs: number
  #started = 0
  readonly #prng: Prng

  constructor(world: World, name: string, options: MachineOptions) {
    this.world = world
    this.name = name
    this.address = `10.0.0.${world.machines.length + 1}`
    this.hosts = new Set([name, this.address, ...(options.hosts ?? [])])
    this.clockRate = 1 + (options.driftPpm ?? 0) / 1e6
    this.#wallOffsetMs = options.wallOffsetMs ?? 0
    this.#prng = world.prng(`machine ${name}`)
    this.#monotonicStartMs = this.#prng.int(0, 1_000_000)
    this.volume = new Volume(this, options.disk ?? {})
  }

  get monotonicMs(): number {
    return this.#monotonicStartMs + this.world.nowMs * this.clockRate
  }

  get wallMs(): number {
    const elapsedMs = this.world.nowMs * this.clockRate
    return Math.floor(this.world.wallStartMs + elapsedMs + this.#wallOffsetMs)
  }

  /** Steps the wall clock, in either direction. */
  jumpWall(deltaMs: number): void {
    this.world.note(`wall clock of ${this.name} jumps ${deltaMs}`)
    this.#wallOffsetMs += deltaMs
  }

  /**
   * Starts a process with `main`, as an event of its own. When `main` throws or rejects, the world's run fails with that, unless the process
   * was killed.
   */
  start(name: string, main: (process: SimProcess) => void | Promise<void>): SimProcess {
    const process = this.process(`${name}#${this.#started++}`)
    this.world.schedule(0, `start ${process.name}`, () => void this.#main(process, main), process)
    return process
  }

  /** A process without a main function: for tests that call its seams themselves. */
  process(name: string): SimProcess {
    if (!this.isOn) throw new Error(`Cannot start ${name} on ${this.name}: it has no power`)
    const process = new SimProcess(this, `${this.name}/${name}`)
    this.processes.add(process)
    return process
  }

  /** The power goes: all processes die at once, no peer hears of it, and the disk keeps what the seed lets it keep. */
  powerCut(): void {
    if (!this.isOn) return
    this.isOn = false
    for (const process of this.processes) process.end('power cut', true)
    this.volume.powerCut()
    this.world.network.powerChanged(this)
  }

  /** Power again: the disk can be read, processes can be started, peers that still talk to dead connections hear so. */
  powerOn(): void {
    this.isOn = true
    this.#monotonicStartMs = this.#prng.int(0, 1_000_000) - this.world.nowMs * this.clockRate
    this.world.network.powerChanged(this)
  }

  async #main(
    process: SimProcess,
    main: (process: SimProcess) => void | Promise<void>,
  ): Promise<void> {
    try {
      await main(process)
    } catch (error) {
      if (!process.isDead) this.world.fail(error)
    }
  }
}
