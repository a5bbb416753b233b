import type { Connection, Listener, ListenOptions } from '../src/io/index.ts'
import type { Endpoint } from './endpoint.ts'
import type { SimNetwork } from './network.ts'
import type { Owned, SimProcess } from './process.ts'

/** A port that a process listens on. */
export class SimListener implements Listener, Owned {
  readonly process: SimProcess
  readonly host: string
  readonly port: number
  readonly #network: SimNetwork
  readonly #accept: (connection: Connection) => void

  private constructor(
    network: SimNetwork,
    process: SimProcess,
    options: ListenOptions,
    accept: (connection: Connection) => void,
  ) {
    this.process = process
    this.host = options.host === 'localhost' ? '127.0.0.1' : options.host
    this.port = options.port === 0 ? network.ephemeralPort() : options.port
    this.#network = network
    this.#accept = accept
  }

  static open(
    network: SimNetwork,
    process: SimProcess,
    options: ListenOptions,
    accept: (connection: Connection) => void,
  ): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const bind = (): void => {
        const listener = new SimListener(network, process, options, accept)
        try {
          network.addListener(listener)
        } catch (error) {
          reject(error)
          return
        }
        process.own(listener)
        resolve(listener)
      }
      network.world.schedule(0, `listen ${process.name} ${options.port}`, bind, process)
    })
  }

  /** A connection has been made: the process hears of it when it next runs. */
  accept(endpoint: Endpoint): void {
    const label = `accept ${this.process.name} ${this.port}`
    this.#network.world.schedule(0, label, () => this.#accept(endpoint), this.process)
  }

  close(): Promise<void> {
    this.die()
    this.process.disown(this)
    return new Promise((resolve) => {
      this.#network.world.schedule(0, `closed ${this.process.name}`, resolve, this.process)
    })
  }

  die(): void {
    this.#network.removeListener(this)
  }
}
