import { NetworkError } from '../src/io/index.ts'
import type { Connection, NetworkErrorCode } from '../src/io/index.ts'
import type { Pipe } from './link.ts'
import type { SimNetwork } from './network.ts'
import type { Owned, SimProcess } from './process.ts'

/** From here on {@link Endpoint.write} returns false. */
const HIGH_WATER_BYTES = 256 * 1024
/** One read brings no more. */
const CHUNK_BYTES_MAX = 256 * 1024
const PIECE_BYTES_MAX = 64 * 1024
/** A closing connection that moves no byte for this long is dropped. */
const LINGER_MS = 5_000
/** What a chunk's memory turns into when its handler has returned. */
const POISON = 0xdd

export interface EndpointAddress {
  readonly localPort: number
  readonly remoteHost: string
  readonly remotePort: number
}

/** One end of a connection, in the hands of a process. */
export class Endpoint implements Connection, Owned {
  readonly process: SimProcess
  readonly localPort: number
  readonly remoteHost: string
  readonly remotePort: number
  /** The way to the peer; set by the link. */
  out: Pipe | null = null
  readonly #network: SimNetwork
  /** 'ending': nothing more is taken from or given to the owner, except the close. */
  #state: 'open' | 'ending' | 'closed' = 'open'
  #queue: Buffer[] = []
  #queuedBytes = 0
  #takenBytes = 0
  /** Who wants to know when the kernel has taken so many bytes in all. */
  #onSent: Array<{ readonly endBytes: number; readonly sent: () => void }> = []
  #isPumpDue = false
  #wantsDrain = false
  #isEndSent = false
  /** Arrived, and not yet given to the owner. */
  #inbox: Buffer[] = []
  #hasPeerEnded = false
  #isDeliveryDue = false
  #isPaused = false
  #onData: (chunk: Buffer) => void = () => {}
  #onClose: (error: NetworkError | null) => void = () => {}
  #onDrain: () => void = () => {}

  constructor(network: SimNetwork, process: SimProcess, address: EndpointAddress) {
    this.#network = network
    this.process = process
    this.localPort = address.localPort
    this.remoteHost = address.remoteHost
    this.remotePort = address.remotePort
    process.own(this)
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  get bufferedBytes(): number {
    return this.#queuedBytes
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

  write(buffers: readonly Buffer[], onSent?: () => void): boolean {
    if (this.#state !== 'open') return false
    for (const buffer of buffers) {
      this.#queue.push(buffer)
      this.#queuedBytes += buffer.length
    }
    const endBytes = this.#takenBytes + this.#queuedBytes
    if (onSent !== undefined) this.#onSent.push({ endBytes, sent: onSent })
    this.pumpSoon(0)
    if (this.#queuedBytes < HIGH_WATER_BYTES) return true
    this.#wantsDrain = true
    return false
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#deliverSoon()
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#isPaused = false
    this.#deliverSoon()
    this.pumpSoon(0)
    this.#linger(this.#queuedBytes)
  }

  destroy(): void {
    if (this.#state === 'closed') return
    this.#sayGoodbye()
    this.#close(null)
  }

  die(isPowerCut: boolean): void {
    if (!isPowerCut) this.#sayGoodbye()
    this.#discard()
    this.out?.link.released()
  }

  /** Bytes came from the peer. */
  receive(bytes: Buffer): void {
    this.#inbox.push(bytes)
    this.#deliverSoon()
  }

  /** The peer's end came. */
  receiveEnd(): void {
    this.#hasPeerEnded = true
    this.#deliverSoon()
  }

  /** The connection is no more. */
  fail(code: NetworkErrorCode): void {
    if (this.#state === 'closed') return
    const peer = `${this.remoteHost}:${this.remotePort}`
    this.#close(new NetworkError(code, `Cannot talk to ${peer}: ${code}`))
  }

  /** Gives what is queued to the kernel, in an event of the process. */
  pumpSoon(delayMs: number): void {
    if (this.#isPumpDue || this.#state === 'closed') return
    this.#isPumpDue = true
    this.#schedule(delayMs, 'send', () => {
      this.#isPumpDue = false
      this.#pump()
    })
  }

  #pump(): void {
    const { out } = this
    if (out === null || this.#state === 'closed') return
    while (this.#queuedBytes > 0 && out.roomBytes > 0) {
      out.send(this.#take(this.#pieceBytes(out.roomBytes)))
    }
    if (this.#queuedBytes > 0) return
    if (this.#wantsDrain) {
      this.#wantsDrain = false
      this.#schedule(0, 'drain', () => {
        if (this.#state === 'open') this.#onDrain()
      })
    }
    if (this.#state !== 'ending' || this.#isEndSent) return
    this.#isEndSent = true
    out.sendEnd()
    this.#closeWhenBothEnded()
  }

  #pieceBytes(roomBytes: number): number {
    const { prng, options } = this.#network
    const whole = Math.min(this.#queuedBytes, roomBytes, PIECE_BYTES_MAX)
    if (!prng.chance(options.splitChance)) return whole
    return prng.int(1, Math.min(whole, prng.pick([4, 64, whole])))
  }

  /** The next `sizeBytes` of what is queued, as a copy. */
  #take(sizeBytes: number): Buffer {
    const piece = Buffer.allocUnsafe(sizeBytes)
    let filled = 0
    while (filled < sizeBytes) {
      const first = this.#queue[0] as Buffer
      const count = first.copy(piece, filled)
      filled += count
      if (count === first.length) this.#queue.shift()
      else this.#queue[0] = first.subarray(count)
    }
    this.#queuedBytes -= sizeBytes
    this.#takenBytes += sizeBytes
    while (this.#onSent[0] !== undefined && this.#onSent[0].endBytes <= this.#takenBytes) {
      this.#onSent.shift()?.sent()
    }
    return piece
  }

  #deliverSoon(): void {
    if (this.#isDeliveryDue || this.#isPaused || this.#state === 'closed') return
    if (this.#inbox.length === 0 && !this.#hasPeerEnded) return
    this.#isDeliveryDue = true
    this.#schedule(0, 'deliver', () => {
      this.#isDeliveryDue = false
      this.#deliver()
    })
  }

  #deliver(): void {
    if (this.#isPaused || this.#state === 'closed') return
    const chunk = this.#nextChunk()
    if (chunk.length > 0) {
      if (this.#state === 'open') {
        this.#onData(chunk)
        chunk.fill(POISON)
      }
      this.#deliverSoon()
    } else if (this.#hasPeerEnded) {
      this.end()
      this.#closeWhenBothEnded()
    }
  }

  /** What one read brings: one piece, or all that is there up to a limit. The peer may send as much again. */
  #nextChunk(): Buffer {
    const { prng, options } = this.#network
    const limitBytes = prng.chance(options.splitChance) ? 1 : CHUNK_BYTES_MAX
    const pieces: Buffer[] = []
    let sizeBytes = 0
    while (this.#inbox.length > 0 && sizeBytes < limitBytes) {
      const piece = this.#inbox.shift() as Buffer
      pieces.push(piece)
      sizeBytes += piece.length
    }
    if (sizeBytes > 0) this.out?.reverse.acknowledge(sizeBytes)
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
  }

  #closeWhenBothEnded(): void {
    if (this.#isEndSent && this.#hasPeerEnded && this.#inbox.length === 0) this.#close(null)
  }

  /** What the kernel tells the peer when a process lets go of a connection: an end, or a reset if it had not read all. */
  #sayGoodbye(): void {
    if (this.#inbox.length > 0) this.out?.sendReset()
    else if (!this.#isEndSent) this.out?.sendEnd()
  }

  #close(error: NetworkError | null): void {
    this.#discard()
    this.process.disown(this)
    this.#schedule(0, 'close', () => this.#onClose(error))
    this.out?.link.released()
  }

  #discard(): void {
    this.#state = 'closed'
    this.#queue = []
    this.#queuedBytes = 0
    this.#onSent = []
    this.#inbox = []
  }

  /** Gives up a closing connection once a whole period has passed without a byte leaving. */
  #linger(queuedBytes: number): void {
    this.#schedule(LINGER_MS, 'linger', () => {
      if (this.#state === 'closed') return
      if (this.#queuedBytes === queuedBytes) this.destroy()
      else this.#linger(this.#queuedBytes)
    })
  }

  #schedule(delayMs: number, what: string, run: () => void): void {
    const label = `${what} ${this.process.name}:${this.localPort}`
    this.#network.world.schedule(delayMs, label, run, this.process)
  }
}
