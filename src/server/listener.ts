/**
 * One listening address: accepts connections within the limits, hands their frames to the dispatcher, and closes those that are idle or
 * too slow to finish a frame.
 */
import type { BufferPool } from '../base/index.ts'
import { LogLimiter } from '../io/index.ts'
import type { Connection, Io, Listener as NetworkListener, Timer } from '../io/index.ts'
import { WireError } from '../wire/index.ts'
import { ClientConnection } from './client-connection.ts'
import type { Exchange } from './client-connection.ts'
import type { FrameProblem } from '../rpc/index.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { Turns } from './turns.ts'

/** A frame that has begun must end within this time, unless it comes at {@link FRAME_BYTES_PER_SECOND_MIN} or faster. */
const FRAME_MS_MAX = 30_000
const FRAME_BYTES_PER_SECOND_MIN = 16 * 1024
const SWEEP_MS = 1_000
/** While memory is short, who holds more than this must move at least that many bytes from sweep to sweep. */
const HELD_BYTES_ALWAYS = 16 * 1024
const MOVED_BYTES_MIN = 1024 * 1024

export interface ListenerLimits {
  readonly frameBytesMax: number
  readonly connectionsMax: number
  connectionsPerHostMax(host: string): number
  readonly idleMsMax: number
}

export interface ListenerOptions {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly io: Io
  readonly limits: ListenerLimits
  readonly budget: MemoryBudget
  readonly turns: Turns
  readonly buffers: BufferPool
  start(frame: Buffer, client: ClientConnection): Exchange
}

export class Listener {
  readonly name: string
  readonly #options: ListenerOptions
  /** The clients, each with the bytes that it had moved at the last sweep; -Infinity: it held too little to be asked. */
  readonly #clients = new Map<ClientConnection, number>()
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
    for (const client of this.#clients.keys()) client.destroy()
    await closed
  }

  #accept(connection: Connection): void {
    const { limits, io, budget, turns, buffers } = this.#options
    const host = connection.remoteHost
    const ofHost = this.#countByHost.get(host) ?? 0
    if (
      this.#clients.size >= limits.connectionsMax ||
      ofHost >= limits.connectionsPerHostMax(host)
    ) {
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
    const client = new ClientConnection({
      connection,
      clock: io.clock,
      budget,
      turns,
      buffers,
      frameBytesMax: limits.frameBytesMax,
      start: (frame, it) => this.#options.start(frame, it),
      onProblem: (it, problem) => this.#onProblem(it, problem),
      onClosed: (it) => this.#onClosed(it),
    })
    this.#clients.set(client, -Infinity)
  }

  #onProblem(client: ClientConnection, problem: FrameProblem | Error): void {
    const { remoteHost, remotePort } = client
    const message = `${problem.message}; closing the connection from ${remoteHost}:${remotePort}`
    if (problem instanceof Error && !(problem instanceof WireError)) {
      const { stack = '' } = problem
      // Our own fault. Another one at another place must not be hidden by it.
      const place = stack.split('\n').slice(1, 3).join()
      const fields = { listener: this.name, stack }
      this.#log.log('error', 'request.failed', message, fields, `request.failed${place}`)
      return
    }
    const kind = problem instanceof Error ? problem.name : problem.kind
    this.#log.log('warn', `connection.bad_input.${kind}`, message, { listener: this.name })
  }

  #onClosed(client: ClientConnection): void {
    this.#clients.delete(client)
    const left = (this.#countByHost.get(client.remoteHost) ?? 1) - 1
    if (left === 0) this.#countByHost.delete(client.remoteHost)
    else this.#countByHost.set(client.remoteHost, left)
  }

  #scheduleSweep(): void {
    const { clock } = this.#options.io
    this.#sweep = clock.after(SWEEP_MS, () => {
      const now = clock.monotonicMs()
      for (const [client, movedBytesBefore] of this.#clients) {
        const heldBytes = client.bytesHeldByPeer
        const isMoving = client.movedBytes - movedBytesBefore >= MOVED_BYTES_MIN
        const reason = this.#overdue(client, now, isMoving ? 0 : heldBytes)
        if (reason !== null) this.#evict(client, reason)
        else {
          const holdsMuch = heldBytes > HELD_BYTES_ALWAYS
          this.#clients.set(client, holdsMuch ? client.movedBytes : -Infinity)
        }
      }
      this.#scheduleSweep()
    })
  }

  /**
   * Why the client must go; null: it may stay.
   *
   * @param stuckBytes what it holds and does not move
   */
  #overdue(client: ClientConnection, now: number, stuckBytes: number): string | null {
    const { limits, budget } = this.#options
    const { frameStartedMs } = client
    if (frameStartedMs !== null) {
      const elapsedMs = now - frameStartedMs
      const expectedBytes = (elapsedMs / 1000) * FRAME_BYTES_PER_SECOND_MIN
      if (elapsedMs > FRAME_MS_MAX && client.frameBytes < expectedBytes) {
        return 'its frame takes too long'
      }
    }
    if (budget.isExhausted && stuckBytes > HELD_BYTES_ALWAYS) {
      return `memory is short, and it moves too little of the ${stuckBytes} bytes that it holds`
    }
    return now - client.lastActiveMs > limits.idleMsMax ? '' : null
  }

  /** Closes the connection; `reason` is empty where there is nothing to complain of. */
  #evict(client: ClientConnection, reason: string): void {
    if (reason !== '') {
      const message = `Closing the connection from ${client.remoteHost}:${client.remotePort}: ${reason}`
      this.#log.log('warn', 'connection.too_slow', message, { listener: this.name })
    }
    client.destroy()
  }
}
