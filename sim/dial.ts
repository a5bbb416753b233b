import { NetworkError } from '../src/io/index.ts'
import type { Connection, ConnectOptions, NetworkErrorCode } from '../src/io/index.ts'
import { Endpoint } from './endpoint.ts'
import type { Machine } from './machine.ts'
import type { SimNetwork } from './network.ts'
import type { SimProcess } from './process.ts'
import type { ScheduledEvent } from './world.ts'

/** When a request for a connection that got no answer is sent again. */
const RETRY_MS = 1_000

/** The opening of one connection, until it succeeds, is refused, or its time is over. */
export class Dial {
  readonly result: Promise<Connection>
  readonly #network: SimNetwork
  readonly #process: SimProcess
  readonly #options: ConnectOptions
  #resolve: (connection: Connection) => void = () => {}
  #reject: (error: NetworkError) => void = () => {}
  #isOver = false
  #timeout: ScheduledEvent | null = null
  /** The end that the process gets, once the other side has agreed. */
  #client: Endpoint | null = null

  constructor(network: SimNetwork, process: SimProcess, options: ConnectOptions) {
    this.#network = network
    this.#process = process
    this.#options = options
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (process.isDead) return
    this.#timeout = this.#soon(options.timeoutMs, () =>
      this.#refuse('TIMED_OUT', `no answer within ${options.timeoutMs} ms`),
    )
    const target = network.resolve(process.machine, options.host)
    if (target === null) this.#soon(1, () => this.#refuse('UNREACHABLE', 'no such host'))
    else this.#knock(target, 0)
  }

  /** Sends the request, and sends it again for as long as there is no answer. */
  #knock(target: Machine, waitMs: number): void {
    const { machine } = this.#process
    const delayMs =
      this.#network.delayMs(machine, target) + this.#network.stalledForMs(machine, target)
    this.#soon(waitMs + delayMs, () => {
      const isCut =
        this.#network.isBlocked(machine, target) || this.#network.isBlocked(target, machine)
      if (isCut || !target.isOn) this.#knock(target, RETRY_MS)
      else this.#arrive(target)
    })
  }

  #arrive(target: Machine): void {
    const { machine } = this.#process
    const backMs = this.#network.delayMs(target, machine)
    const listener = this.#network.listenerAt(target, this.#options.port, machine)
    if (listener === null) {
      this.#soon(backMs, () => this.#refuse('REFUSED', 'nobody listens there'))
      return
    }
    const port = this.#network.ephemeralPort()
    const isLocal = machine === target
    const remoteHost = isLocal ? '127.0.0.1' : machine.address
    const server = new Endpoint(this.#network, listener.process, {
      localPort: listener.port,
      remoteHost,
      remotePort: port,
    })
    const client = new Endpoint(this.#network, this.#process, {
      localPort: port,
      remoteHost: isLocal ? '127.0.0.1' : target.address,
      remotePort: listener.port,
    })
    // What the server says at once must not overtake the news that there is a connection.
    this.#network.addLink(client, server).holdUntil(this.#network.world.nowMs + backMs)
    listener.accept(server)
    this.#client = client
    this.#soon(backMs, () => {
      this.#over()
      this.#resolve(client)
    })
  }

  #refuse(code: NetworkErrorCode, reason: string): void {
    const { host, port } = this.#options
    this.#over()
    this.#client?.destroy()
    this.#reject(new NetworkError(code, `Cannot connect to ${host}:${port}: ${reason}`))
  }

  #over(): void {
    this.#isOver = true
    if (this.#timeout !== null) this.#timeout.isCancelled = true
  }

  /** An event of the process that dials, unless the matter is settled by then. */
  #soon(delayMs: number, run: () => void): ScheduledEvent {
    const { world } = this.#network
    const label = `dial ${this.#process.name} ${this.#options.host}:${this.#options.port}`
    const runIfOpen = (): void => {
      if (!this.#isOver) run()
    }
    return world.schedule(delayMs, label, runIfOpen, this.#process)
  }
}
