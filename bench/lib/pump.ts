/**
 * The load generator: keeps a fixed number of requests in flight on a few connections and counts answers. It looks at the first bytes of a
 * response only and copies nothing else, so that the server, not the client, is measured.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** As much of each response as {@link PumpOptions.check} gets to see. */
const SAMPLE_BYTES = 128
const RECEIVE_BUFFER_BYTES = 256 * 1024

export interface PumpOptions {
  readonly port: number
  readonly connections: number
  readonly inFlight: number
  readonly durationMs: number
  /** The next request for a connection; the same buffer may be given again. */
  next(connection: number): Buffer
  /**
   * Sees the beginning of each response, without the length prefix, and the size of all of it; throws when it is an error. The bytes are overwritten
   * after the call.
   */
  check(sample: Buffer, sizeBytes: number, connection: number): void
}

export interface PumpResult {
  readonly requests: number
  /** Answered requests of each connection. */
  readonly requestsOf: readonly number[]
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly seconds: number
}

export async function pump(options: PumpOptions): Promise<PumpResult> {
  const lanes = Array.from({ length: options.connections }, (_, index) => new Lane(options, index))
  await Promise.all(lanes.map((lane) => lane.opened))
  const startedMs = performance.now()
  const endMs = startedMs + options.durationMs
  await Promise.all(lanes.map((lane) => lane.run(endMs)))
  const seconds = (performance.now() - startedMs) / 1000
  const sum = (of: (lane: Lane) => number): number =>
    lanes.reduce((total, lane) => total + of(lane), 0)
  for (const lane of lanes) lane.close()
  return {
    requests: sum((lane) => lane.requests),
    requestsOf: lanes.map((lane) => lane.requests),
    bytesSent: sum((lane) => lane.bytesSent),
    bytesReceived: sum((lane) => lane.bytesReceived),
    seconds,
  }
}

class Lane {
  requests = 0
  bytesSent = 0
  bytesReceived = 0
  readonly opened: Promise<void>
  readonly #socket: Socket
  readonly #options: PumpOptions
  readonly #index: number
  /** Length prefix and sample of the response that is arriving. */
  readonly #head = Buffer.alloc(4 + SAMPLE_BYTES)
  #arrivedBytes = 0
  #inFlight = 0
  #endMs = 0
  #done: () => void = () => {}
  #failed: (error: unknown) => void = () => {}

  constructor(options: PumpOptions, index: number) {
    this.#options = options
    this.#index = index
    const buffer = Buffer.allocUnsafeSlow(RECEIVE_BUFFER_BYTES)
    const callback = (sizeBytes: number): boolean => this.#onBytes(buffer.subarray(0, sizeBytes))
    const { port } = options
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } })
    this.opened = new Promise((resolve, reject) => {
      this.#failed = reject
      this.#socket.once('connect', resolve)
    })
    this.#socket.on('error', (error) => this.#failed(error))
    this.#socket.on('close', () => this.#failed(new Error('The server closed the connection')))
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

  #onBytes(bytes: Buffer): boolean {
    this.bytesReceived += bytes.length
    const before = this.requests
    try {
      for (let position = 0; position < bytes.length;) position += this.#take(bytes, position)
    } catch (error) {
      this.#failed(error)
      return false
    }
    if (this.requests > before) this.#fill()
    return true
  }

  /** Takes bytes up to the end of one response at most; returns how many. */
  #take(bytes: Buffer, position: number): number {
    const head = this.#head
    if (this.#arrivedBytes < 4) {
      const taken = bytes.copy(
        head,
        this.#arrivedBytes,
        position,
        position + 4 - this.#arrivedBytes,
      )
      this.#arrivedBytes += taken
      return taken
    }
    const sizeBytes = head.readInt32BE(0)
    const taken = Math.min(4 + sizeBytes - this.#arrivedBytes, bytes.length - position)
    if (this.#arrivedBytes < head.length) {
      bytes.copy(head, this.#arrivedBytes, position, position + taken)
    }
    this.#arrivedBytes += taken
    if (this.#arrivedBytes < 4 + sizeBytes) return taken
    this.#options.check(
      head.subarray(4, 4 + Math.min(sizeBytes, SAMPLE_BYTES)),
      sizeBytes,
      this.#index,
    )
    this.#arrivedBytes = 0
    this.requests += 1
    this.#inFlight -= 1
    return taken
  }
}
