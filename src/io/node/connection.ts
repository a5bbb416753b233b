import type { Socket } from 'node:net'
import type { Connection, NetworkError } from '../network.ts'
import { networkError } from './errors.ts'
import type { ByteSink } from './receive.ts'

/** From here on {@link NodeConnection.write} returns false. */
const HIGH_WATER_BYTES = 256 * 1024
/** What one turn of the loop gathered is copied into one piece up to this size: cheaper than a list of pieces for the kernel. */
const COPY_BYTES_MAX = 16 * 1024
/** A closing connection that moves no byte for this long is dropped. */
const LINGER_MS = 5_000

/** One TCP connection on a `net.Socket` that was made with `allowHalfOpen`. */
export class NodeConnection implements Connection {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localPort: number
  readonly #socket: Socket
  /** Written in this turn of the loop and not yet given to the socket. */
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  /** Who wants to know when what is gathered has been sent. */
  #onSent: Array<() => void> = []
  #wantsDrain = false
  /** 'ending': nothing more is taken from or given to the owner, except the close. */
  #state: 'open' | 'ending' | 'closed' = 'open'
  #error: NetworkError | null = null
  #linger: NodeJS.Timeout | null = null
  #onData: (chunk: Buffer) => void = () => {}
  #onClose: (error: NetworkError | null) => void = () => {}
  #onDrain: () => void = () => {}

  constructor(socket: Socket, sink: ByteSink) {
    this.#socket = socket
    this.remoteHost = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
    this.remotePort = socket.remotePort ?? 0
    this.localPort = socket.localPort ?? 0
    sink.deliver = (chunk) => {
      if (this.#state === 'open') this.#onData(chunk)
    }
    socket.on('end', () => this.end())
    socket.on('error', (error) => {
      this.#error ??= networkError(`talk to ${this.remoteHost}:${this.remotePort}`, error)
    })
    socket.on('close', () => this.#closed())
  }

  onData(handler: (chunk: Buffer) => void): void {
    this.#onData = handler
  }

  onClose(handler: (error: NetworkError | null) => void): void {
    this.#onClose = handler
  }

  onDrain(handler: () => void): void {
    this.#onDrain = handler
  }

  get bufferedBytes(): number {
    return this.#gatheredBytes + this.#socket.writableLength
  }

  write(buffers: readonly Buffer[], onSent?: () => void): boolean {
    if (this.#state !== 'open') return false
    if (onSent !== undefined) this.#onSent.push(onSent)
    // After the promise callbacks of this turn, so that answers that became ready together leave together.
    if (this.#gathered.length === 0) process.nextTick(() => this.#flush())
    for (const buffer of buffers) {
      this.#gathered.push(buffer)
      this.#gatheredBytes += buffer.length
    }
    if (this.bufferedBytes < HIGH_WATER_BYTES) return true
    this.#wantsDrain = true
    return false
  }

  pause(): void {
    if (this.#state === 'open') this.#socket.pause()
  }

  resume(): void {
    if (this.#state === 'open') this.#socket.resume()
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#flush()
    this.#state = 'ending'
    this.#socket.end()
    // What the peer still sends is thrown away; only its end matters now.
    this.#socket.resume()
    this.#lingerFrom(this.#sentBytes)
  }

  destroy(): void {
    if (this.#state === 'closed') return
    this.#state = 'ending'
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#socket.destroy()
  }

  #flush(): void {
    const gathered = this.#gathered
    if (gathered.length === 0 || this.#state !== 'open') return
    const sizeBytes = this.#gatheredBytes
    const onSent = this.#onSent
    const written = (error?: Error | null): void => this.#written(error ? [] : onSent)
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#onSent = []
    if (gathered.length === 1 || sizeBytes <= COPY_BYTES_MAX) {
      const [first] = gathered
      const whole = gathered.length === 1 && first ? first : Buffer.concat(gathered, sizeBytes)
      this.#socket.write(whole, written)
      return
    }
    this.#socket.cork()
    const last = gathered.length - 1
    for (const [index, buffer] of gathered.entries()) {
      if (index < last) this.#socket.write(buffer)
      else this.#socket.write(buffer, written)
    }
    this.#socket.uncork()
  }

  #written(onSent: ReadonlyArray<() => void>): void {
    for (const sent of onSent) sent()
    if (!this.#wantsDrain || this.#state !== 'open' || this.bufferedBytes > 0) return
    this.#wantsDrain = false
    this.#onDrain()
  }

  /** Gives up a closing connection once a whole period has passed without a byte leaving. */
  #lingerFrom(sentBytes: number): void {
    this.#linger = setTimeout(() => {
      if (this.#sentBytes === sentBytes) this.#socket.destroy()
      else this.#lingerFrom(this.#sentBytes)
    }, LINGER_MS).unref()
  }

  get #sentBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength
  }

  #closed(): void {
    if (this.#linger !== null) clearTimeout(this.#linger)
    this.#state = 'closed'
    this.#onClose(this.#error)
  }
}
