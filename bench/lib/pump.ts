/**
 * The load generator: keeps a fixed number of requests in flight on a few connections and counts answers. It reads only the length of a
 * response and a sample of its bytes, so that the server, not the client, is measured.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface PumpOptions {
  readonly port: number
  readonly connections: number
  readonly inFlight: number
  readonly durationMs: number
  /** The next request for a connection; the same buffer may be given again. */
  next(connection: number): Buffer
  /** Sees each response (without the length prefix); throws when it is an error. */
  check(response: Buffer, connection: number): void
}

export interface PumpResult {
  readonly requests: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly seconds: number
}

export async function pump(options: PumpOptions): Promise<PumpResult> {
  const lanes = await Promise.all(
    Array.from({ length: options.connections }, (_, index) => openLane(options, index)),
  )
  const startedMs = performance.now()
  const endMs = startedMs + options.durationMs
  await Promise.all(lanes.map((lane) => lane.run(endMs)))
  const seconds = (performance.now() - startedMs) / 1000
  const sum = (of: (lane: Lane) => number): number =>
    lanes.reduce((total, lane) => total + of(lane), 0)
  for (const lane of lanes) lane.close()
  return {
    requests: sum((lane) => lane.requests),
    bytesSent: sum((lane) => lane.bytesSent),
    bytesReceived: sum((lane) => lane.bytesReceived),
    seconds,
  }
}

async function openLane(options: PumpOptions, index: number): Promise<Lane> {
  const socket = connect({ host: '127.0.0.1', port: options.port, noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return new Lane(socket, options, index)
}

class Lane {
  requests = 0
  bytesSent = 0
  bytesReceived = 0
  readonly #socket: Socket
  readonly #options: PumpOptions
  readonly #index: number
  #pending: Buffer = Buffer.alloc(0)
  #inFlight = 0
  #endMs = 0
  #done: () => void = () => {}
  #failed: (error: unknown) => void = () => {}

  constructor(socket: Socket, options: PumpOptions, index: number) {
    this.#socket = socket
    this.#options = options
    this.#index = index
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', (error) => this.#failed(error))
    socket.on('close', () => this.#failed(new Error('The server closed the connection')))
  }

  run(endMs: number): Promise<void> {
    this.#endMs = endMs
    return new Promise((resolve, reject) => {
      this.#done = resolve
      this.#failed = reject
      this.#fill()
    })
  }

  close(): void {
    this.#failed = () => {}
    this.#socket.destroy()
  }

  #fill(): void {
    this.#socket.cork()
    while (this.#inFlight < this.#options.inFlight && performance.now() < this.#endMs) {
      const frame = this.#options.next(this.#index)
      this.#socket.write(frame)
      this.#inFlight += 1
      this.bytesSent += frame.length
    }
    this.#socket.uncork()
    if (this.#inFlight === 0) this.#done()
  }

  #onData(chunk: Buffer): void {
    this.bytesReceived += chunk.length
    let buffer = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    try {
      while (buffer.length >= 4) {
        const length = buffer.readInt32BE(0)
        if (buffer.length < 4 + length) break
        this.#options.check(buffer.subarray(4, 4 + length), this.#index)
        this.requests += 1
        this.#inFlight -= 1
        buffer = buffer.subarray(4 + length)
      }
    } catch (error) {
      this.#failed(error)
      return
    }
    this.#pending = buffer
    this.#fill()
  }
}
