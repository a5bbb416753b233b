/**
 * One client: frames in, responses out, in the order of the requests.
 *
 * Like Kafka, a connection has one request under way at a time, so a client never sees the effect of a later request before that of an
 * earlier one. The exception are Produce requests: they *start* in order and wait for replication or the disk side by side, so that a
 * pipelining producer shares one flush among its requests.
 */
import { WireError } from '../wire/index.ts'
import type { Clock, Connection } from '../io/index.ts'
import { FrameReader } from '../rpc/index.ts'
import type { FrameProblem } from '../rpc/index.ts'
import type { MemoryBudget } from './memory-budget.ts'

/** Requests of one connection whose waits may overlap. */
const OVERLAPPING_MAX = 64
/** Responses that the client has not read: from here on its next requests are not started. */
const UNREAD_RESPONSE_BYTES_MAX = 1024 * 1024

/** What the connection hands to the dispatcher, and what comes back. */
export interface Exchange {
  /** True when the next request may start before this one is answered. */
  readonly overlaps: boolean
  /** Until then the next request may not start, even if it overlaps. */
  readonly started?: Promise<void>
  /** The encoded response frame, or null when none is due (acks=0). A rejection closes the connection. */
  readonly response: readonly Buffer[] | null | Promise<readonly Buffer[] | null>
}

export interface ClientConnectionOptions {
  readonly connection: Connection
  readonly clock: Clock
  readonly budget: MemoryBudget
  readonly frameBytesMax: number
  /** Starts one request. Throws when the connection must be closed. */
  start(frame: Buffer, client: ClientConnection): Exchange
  /** The stream or a request was bad, or a handler failed: logged here, then the connection is closed. */
  onProblem(client: ClientConnection, problem: FrameProblem | Error): void
  onClosed(client: ClientConnection): void
}

interface Slot {
  readonly requestBytes: number
  /** The next request may start. */
  isOpen: boolean
  response: readonly Buffer[] | null | undefined
}

export class ClientConnection {
  readonly remoteHost: string
  readonly remotePort: number
  /** Monotonic time of the last byte in either direction. */
  lastActiveMs: number
  #frameStartedMs = 0
  readonly #options: ClientConnectionOptions
  readonly #connection: Connection
  readonly #reader: FrameReader
  /** Requests under way, oldest first. */
  readonly #slots: Slot[] = []
  /** Whole frames that may not start yet. */
  readonly #queue: Buffer[] = []
  #heldBytes = 0
  #isPaused = false
  #isClosed = false
  #isWaitingForMemory = false

  constructor(options: ClientConnectionOptions) {
    this.#options = options
    this.#connection = options.connection
    this.remoteHost = options.connection.remoteHost
    this.remotePort = options.connection.remotePort
    this.lastActiveMs = options.clock.monotonicMs()
    this.#reader = new FrameReader(options.frameBytesMax)
    options.connection.onData((chunk) => this.#onData(chunk))
    options.connection.onDrain(() => this.#pump())
    options.connection.onClose(() => this.#onClose())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** True while a request is under way or a response unread: an idle check must leave the connection alone. */
  get isBusy(): boolean {
    return this.#slots.length > 0
  }

  /** Since when (monotonic) the frame that is not complete yet is arriving; null: none is. */
  get frameStartedMs(): number | null {
    return this.#reader.isInsideFrame ? this.#frameStartedMs : null
  }

  /** Bytes of that frame that have come. */
  get frameBytes(): number {
    return this.#reader.frameBytes
  }

  /** Ends the connection at once; nothing more is sent. */
  destroy(): void {
    this.#connection.destroy()
    this.#onClose()
  }

  #onData(chunk: Buffer): void {
    if (this.#isClosed) return
    const now = this.#options.clock.monotonicMs()
    this.lastActiveMs = now
    if (!this.#reader.isInsideFrame) this.#frameStartedMs = now
    const problem = this.#reader.push(chunk, (frame) => {
      this.#frameStartedMs = now
      this.#hold(frame.length)
      this.#queue.push(frame)
    })
    this.#pump()
    if (problem !== null) this.#fail(problem)
  }

  /** Starts what may start, sends what may be sent, and tells the peer to wait or go on. */
  #pump(): void {
    while (!this.#isClosed && this.#queue.length > 0 && this.#mayStart()) {
      this.#start(this.#queue.shift() as Buffer)
    }
    if (this.#isClosed) return
    const wantsPause = this.#queue.length > 0
    if (wantsPause !== this.#isPaused) {
      this.#isPaused = wantsPause
      if (wantsPause) this.#connection.pause()
      else this.#connection.resume()
    }
  }

  #mayStart(): boolean {
    if (this.#connection.bufferedBytes > UNREAD_RESPONSE_BYTES_MAX) return false
    const last = this.#slots.at(-1)
    if (last !== undefined && (!last.isOpen || this.#slots.length >= OVERLAPPING_MAX)) return false
    if (!this.#options.budget.isExhausted || this.#slots.length > 0) return true
    this.#waitForMemory()
    return false
  }

  #waitForMemory(): void {
    if (this.#isWaitingForMemory) return
    this.#isWaitingForMemory = true
    this.#options.budget.whenFree(() => {
      this.#isWaitingForMemory = false
      this.#pump()
    })
  }

  #start(frame: Buffer): void {
    let exchange: Exchange
    try {
      exchange = this.#options.start(frame, this)
    } catch (error) {
      this.#release(frame.length)
      this.#fail(error)
      return
    }
    const { overlaps, started, response } = exchange
    const isOpen = overlaps && started === undefined
    const slot: Slot = { requestBytes: frame.length, isOpen, response: undefined }
    this.#slots.push(slot)
    started?.then(
      () => {
        slot.isOpen = overlaps
        this.#pump()
      },
      (error: unknown) => this.#fail(error),
    )
    if (!(response instanceof Promise)) {
      slot.response = response
      this.#flush()
      return
    }
    response.then(
      (late) => {
        slot.response = late
        this.#flush()
        this.#pump() // Requests that had to wait for this one may start.
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #flush(): void {
    for (let slot = this.#slots[0]; slot?.response !== undefined; slot = this.#slots[0]) {
      this.#slots.shift()
      this.#release(slot.requestBytes)
      if (slot.response === null || this.#isClosed) continue
      this.lastActiveMs = this.#options.clock.monotonicMs()
      this.#connection.write(slot.response)
    }
  }

  #hold(sizeBytes: number): void {
    this.#heldBytes += sizeBytes
    this.#options.budget.take(sizeBytes)
  }

  #release(sizeBytes: number): void {
    if (this.#isClosed) return
    this.#heldBytes -= sizeBytes
    this.#options.budget.give(sizeBytes)
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return
    const problem =
      error instanceof Error || (error as FrameProblem).kind !== undefined
        ? (error as Error | FrameProblem)
        : new WireError(String(error))
    this.#options.onProblem(this, problem)
    this.destroy()
  }

  #onClose(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#queue.length = 0
    this.#options.budget.give(this.#heldBytes)
    this.#heldBytes = 0
    this.#options.onClosed(this)
  }
}
