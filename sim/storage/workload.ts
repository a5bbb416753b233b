import type { Prng } from '../../src/base/index.ts'
import type { World } from '../index.ts'
import { SimClient } from './client.ts'
import type { AnyOperation } from './operation.ts'
import { operations } from './operations/index.ts'
import type { Profile } from './profile.ts'
import type { Shadow } from './shadow.ts'

/** Names that topics may have; the same one is deleted and created again. */
export const TOPIC_NAMES = ['apples', 'pears', 'plums']

/** The clients of the node: each does one operation after another, until the profile's number of operations is done. */
export class Workload {
  readonly clients: readonly SimClient[]
  readonly #shadow: Shadow
  readonly #prng: Prng
  readonly #thinkMs: number
  #left: number
  #busy = 0
  #isPaused = false

  constructor(world: World, profile: Profile, shadow: Shadow) {
    const machine = world.machine('clients')
    this.clients = Array.from(
      { length: profile.clients },
      (_, index) => new SimClient(machine.process(`client ${index}`)),
    )
    this.#shadow = shadow
    this.#prng = world.prng('workload')
    this.#thinkMs = profile.thinkMs
    this.#left = profile.operations
  }

  /** All operations were begun. */
  get isDone(): boolean {
    return this.#left === 0
  }

  /** Runs until all is done. */
  async run(): Promise<void> {
    await Promise.all(this.clients.map((client) => this.#loop(client)))
  }

  /** Lets what is under way come to its end and begins nothing more until {@link resume}. */
  async pause(client: SimClient): Promise<void> {
    this.#isPaused = true
    while (this.#busy > 0) await client.sleep(5)
  }

  resume(): void {
    this.#isPaused = false
  }

  async #loop(client: SimClient): Promise<void> {
    while (this.#left > 0) {
      await client.sleep(this.#prng.float() * this.#thinkMs)
      if (this.#isPaused || this.#left === 0) continue
      this.#left -= 1
      const attempt = this.#pick(client)
      if (attempt === null) continue
      this.#busy += 1
      try {
        await attempt()
      } finally {
        this.#busy -= 1
      }
    }
  }

  #pick(client: SimClient): (() => Promise<void>) | null {
    const sampling = { shadow: this.#shadow, prng: this.#prng, client }
    for (let tries = 0; tries < 5; tries++) {
      const operation = weighted(operations, this.#prng)
      const attempt = operation.prepare(sampling)
      if (attempt === null) continue
      client.process.world.note(`${client.process.name}: ${operation.name}`)
      return attempt
    }
    return null
  }
}

function weighted(items: readonly AnyOperation[], prng: Prng): AnyOperation {
  const sum = items.reduce((total, { weight }) => total + weight, 0)
  let at = prng.float() * sum
  for (const item of items) {
    at -= item.weight
    if (at < 0) return item
  }
  return items.at(-1) as AnyOperation
}
