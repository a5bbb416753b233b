/**
 * Lets the active controller know early that a broker's process is dead. It keeps a connection to each broker that is not fenced. When one
 * is reset, as the kernel does for a process that was killed, it connects again at once: a port that *refuses* belongs to no process any more.
 * Whoever is only slow, paused or cut off neither resets nor refuses, and has the whole session to come back.
 */
import type { Uuid } from '../base/index.ts'
import { NetworkError } from '../io/index.ts'
import type { Clock, Connection, Network } from '../io/index.ts'
import type { MetadataImage } from '../metadata/index.ts'

export interface BrokerWatchOptions {
  readonly network: Network
  readonly clock: Clock
  readonly nodeId: number
  /** The listener of brokers among themselves. */
  readonly listenerName: string
  /** The process with this epoch is dead. */
  onDead(brokerId: number, brokerEpoch: number): void
}

interface Watched {
  readonly id: number
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly host: string
  readonly port: number
}

const CONNECT_MS_MAX = 1_000
/** After an attempt that told nothing. */
const RETRY_MS = 500

export class BrokerWatch {
  readonly #options: BrokerWatchOptions
  readonly #watches = new Map<number, Watch>()
  #isActive = false

  constructor(options: BrokerWatchOptions) {
    this.#options = options
  }

  /** This node leads now: watch the brokers of the image. */
  begin(image: MetadataImage): void {
    this.#isActive = true
    this.update(image)
  }

  /** Follows registrations, fencing and unfencing. */
  update(image: MetadataImage): void {
    if (!this.#isActive) return
    const wanted = this.#wanted(image)
    for (const [id, watch] of this.#watches) {
      if (wanted.get(id)?.epoch !== watch.epoch) this.#end(id, watch)
    }
    for (const [id, broker] of wanted) {
      if (!this.#watches.has(id)) this.#watches.set(id, new Watch(this.#options, broker))
    }
  }

  end(): void {
    this.#isActive = false
    for (const [id, watch] of this.#watches) this.#end(id, watch)
  }

  #end(id: number, watch: Watch): void {
    this.#watches.delete(id)
    watch.end()
  }

  #wanted({ cluster }: MetadataImage): Map<number, Watched> {
    const wanted = new Map<number, Watched>()
    for (const broker of cluster.brokers.values()) {
      const { id, epoch, incarnationId, fenced, inControlledShutdown } = broker
      if (id === this.#options.nodeId || fenced || inControlledShutdown) continue
      const endpoint = broker.endpoints.find(({ name }) => name === this.#options.listenerName)
      if (endpoint === undefined) continue
      const { host, port } = endpoint
      wanted.set(id, { id, epoch, incarnationId, host, port })
    }
    return wanted
  }
}

/** One broker's connection. */
class Watch {
  readonly epoch: number
  readonly #options: BrokerWatchOptions
  readonly #broker: Watched
  #connection: Connection | null = null
  #isEnded = false

  constructor(options: BrokerWatchOptions, broker: Watched) {
    this.#options = options
    this.#broker = broker
    this.epoch = broker.epoch
    void this.#look()
  }

  end(): void {
    this.#isEnded = true
    this.#connection?.destroy()
  }

  async #look(): Promise<void> {
    if (this.#isEnded) return
    const options = this.#options
    const { id, epoch, host, port } = this.#broker
    try {
      const connection = await options.network.connect({ host, port, timeoutMs: CONNECT_MS_MAX })
      if (this.#isEnded) return connection.destroy()
      this.#connection = connection
      connection.onData(() => {})
      connection.onClose(() => {
        this.#connection = null
        void this.#look()
      })
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error
      if (this.#isEnded) return
      if (error.code === 'REFUSED') options.onDead(id, epoch)
      options.clock.after(RETRY_MS, () => void this.#look())
    }
  }
}
