import type { Prng } from '../../src/base/index.ts'
import type { World } from '../index.ts'
import { ClusterClient } from './client.ts'
import type { AnyOperation, Sampling } from './operation.ts'
import { operations } from './operations/index.ts'
import type { ClusterProfile } from './profile.ts'
import type { ClusterShadow } from './shadow.ts'

/** The clients of the cluster: each does one operation after another, until the profile's number of operations is done. */
export class Workload {
  readonly clients: readonly ClusterClient[]
  readonly #shadow: ClusterShadow
  readonly #prng: Prng
  readonly #thinkMs: number
  #left: number

  constructor(world: World, profile: ClusterProfile, shadow: ClusterShadow) {
    const machine = world.machine('clients')
    this.clients = Array.from(
      { length: profile.clients },
      (_, index) => new ClusterClient(machine.process(`client ${index}`)),
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

  async #loop(client: ClusterClient): Promise<void> {
    while (this.#left > 0) {
      await client.sleep(this.#prng.float() * this.#thinkMs)
      if (this.#left === 0) return
      this.#left -= 1
      await this.#pick(client)?.()
    }
  }

  #pick(client: ClusterClient): (() => Promise<void>) | null {
    const sampling: Sampling = { shadow: this.#shadow, prng: this.#prng, client }
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
