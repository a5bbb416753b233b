/**
 * One listening address: accepts connections within the limits, hands their frames to the dispatcher, and closes those that are idle or
 * too slow to finish a frame.
 */
import { LogLimiter } from '../io/index.ts'
import type { Connection, Io, Listener as NetworkListener, Timer } from '../io/index.ts'
import { WireError } from '../wire/index.ts'
import { ClientConnection } from './client-connection.ts'
import type { Exchange } from './client-connection.ts'
import type { FrameProblem } from '../rpc/index.ts'
import type { MemoryBudget } from './memory-budget.ts'

/** A frame that has begun must end within this time, unless it comes at {@link FRAME_BYTES_PER_SECOND_MIN} or faster. */
const FRAME_MS_MAX = 30_000
const FRAME_BYTES_PER_SECOND_MIN = 16 * 1024
const SWEEP_MS = 5_000

export interface ListenerLimits {
  readonly frameBytesMax: number
  readonly connectionsMax: number
  readonly connectionsPerHostMax: number
  readonly idleMsMax: number
}

export interface ListenerOptions {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly io: Io
  readonly limits: ListenerLimits
  readonly budget: MemoryBudget
  start(frame: Buffer, client: ClientConnection): Exchange
}

export class Listener {
  readonly name: string
  readonly #options: ListenerOptions
  readonly #clients = new Set<ClientConnection>()
  readonly #countByHost = new Map<string, number>()
  readonly #log: LogLimiter
  #network: NetworkListener | null = null
  #sweep: Timer | null = null

  constructor(options: ListenerOptions) {
    this.name = options.name
    this.#options = options
    this.#log = new LogLimiter(options.io.telemetry, options.io.clock)
  }

  /** The bound port; 0 before {@link open}. */
  get port(): number {
    return this.#network?.port ?? 0
  }

  get connectionCount(): number {
    return this.#clients.size
  }

  /** Binds the address. Rejects with NetworkError. */
  async open(): Promise<void> {
    const { host, port, io } = this.#options
    this.#network = await io.network.listen({ host, port }, (connection) =>
      this.#accept(connection),
    )
    this.#scheduleSweep()
  }

  /** Stops accepting and closes all connections. */
  async close(): Promise<void> {
    this.#sweep?.cancel()
    this.#sweep = null
    const closed = this.#network?.close()
    for (const client of this.#clients) client.destroy()
    await closed
  }

  #accept(connection: Connection): void {
    const { limits, io, budget } = this.#options
    const host = connection.remoteHost
    const ofHost = this.#countByHost.get(host) ?? 0
    if (this.#clients.size >= limits.connectionsMax || ofHost >= limits.connectionsPerHostMax) {
      this.#log.log(
        'warn',
        'connection.refused',
        `Cannot accept a connection from ${host}: too many are open`,
        { host },
      )
      connection.destroy()
      return
    }
    this.#countByHost.set(host, ofHost + 1)
    this.#clients.add(
      new ClientConnection({
        connection,
        clock: io.clock,
        budget,
        frameBytesMax: limits.frameBytesMax,
        start: (frame, client) => this.#options.start(frame, client),
        onProblem: (client, problem) => this.#onProblem(client, problem),
        onClosed: (client) => this.#onClosed(client),
      }),
    )
  }

  #onProblem(client: ClientConnection, problem: FrameProblem | Error): void {
    const from = `${client.remoteHost}:${client.remotePort}`
    const isPeersFault = !(problem instanceof Error) || problem instanceof WireError
    const kind = problem instanceof Error ? problem.name : problem.kind
    this.#log.log(
      isPeersFault ? 'warn' : 'error',
      isPeersFault ? `connection.bad_input.${kind}` : 'request.failed',
      `${problem.message}; closing the connection from ${from}`,
      { listener: this.name, ...(isPeersFault ? {} : { stack: problem.stack }) },
    )
  }

  #onClosed(client: ClientConnection): void {
    this.#clients.delete(client)
    const left = (this.#countByHost.get(client.remoteHost) ?? 1) - 1
    if (left === 0) this.#countByHost.delete(client.remoteHost)
    else this.#countByHost.set(client.remoteHost, left)
  }

  #scheduleSweep(): void {
    this.#sweep = this.#options.io.clock.after(SWEEP_MS, () => {
      const now = this.#options.io.clock.monotonicMs()
      for (const client of this.#clients) if (this.#isOverdue(client, now)) client.destroy()
      this.#scheduleSweep()
    })
  }

  #isOverdue(client: ClientConnection, now: number): boolean {
    const { frameStartedMs } = client
    if (frameStartedMs !== null) {
      const elapsedMs = now - frameStartedMs
      const expectedBytes = (elapsedMs / 1000) * FRAME_BYTES_PER_SECOND_MIN
      if (elapsedMs > FRAME_MS_MAX && client.frameBytes < expectedBytes) {
        this.#log.log(
          'warn',
          'connection.slow_frame',
          `Closing the connection from ${client.remoteHost}: its frame takes too long`,
        )
        return true
      }
    }
    return !client.isBusy && now - client.lastActiveMs > this.#options.limits.idleMsMax
  }
}
