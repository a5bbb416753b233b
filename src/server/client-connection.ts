/**
 * One client: frames in, responses out, in the order of the requests.
 *
 * Like Kafka, a connection has one request under way at a time, so a client never sees the effect of a later request before that of an
 * earlier one. The exception are Produce requests: they *start* in order and wait for replication or the disk side by side, so that a
 * pipelining producer shares one flush among its requests.
 */
import { WireError } from '../wire/index.ts'
import type { BufferPool } from '../base/index.ts'
import type { Clock, Connection } from '../io/index.ts'
import { FrameReader } from '../rpc/index.ts'
import type { FrameProblem } from '../rpc/index.ts'
import type { MemoryBudget, MemoryShare } from './memory-budget.ts'
import type { Turns } from './turns.ts'

/** Requests of one connection whose waits may overlap. */
const OVERLAPPING_MAX = 64
/** Responses that the client has not read: from here on its next requests are not started. */
const UNREAD_RESPONSE_BYTES_MAX = 1024 * 1024
/** A frame may grow so far however short memory is: most end before, and every connection has as much in the kernel anyway. */
const FRAME_BYTES_ALWAYS = 16 * 1024

/** What the connection hands to the dispatcher, and what comes back. */
export interface Exchange {
  /** True when the next request may start before this one is answered. */
  readonly overlaps: boolean
  /** Until then the next request may not start, even if it overlaps. */
  readonly started?: Promise<void>
  /** The encoded response frame, or null when none is due (acks=0). A rejection closes the connection. */
  readonly response: readonly Buffer[] | null | Promise<readonly Buffer[] | null>
  /** Memory that the request takes until it is answered, beside its frame. */
  readonly decodedBytes?: number
  /** Memory of the pool that nobody refers to once the response has left, known by the time it is written. */
  readonly released?: readonly Buffer[]
}

export interface ClientConnectionOptions {
  readonly connection: Connection
  readonly clock: Clock
  readonly budget: MemoryBudget
  readonly turns: Turns
  readonly buffers: BufferPool
  readonly frameBytesMax: number
  /** Starts one request. Throws when the connection must be closed. */
  start(frame: Buffer, client: ClientConnection): Exchange
  /** The stream or a request was bad, or a handler failed: logged here, then the connection is closed. */
  onProblem(client: ClientConnection, problem: FrameProblem | Error): void
  onClosed(client: ClientConnection): void
}

interface Slot {
  /** Of the frame, and of what it was decoded to. */
  requestBytes: number
  /** The next request may start. */
  isOpen: boolean
  response: readonly Buffer[] | null | undefined
  readonly released: readonly Buffer[]
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
  readonly #memory: MemoryShare
  /** Requests under way, oldest first. */
  readonly #slots: Slot[] = []
  /** Whole frames that may not start yet. */
  readonly #queue: Buffer[] = []
  readonly #closeHandlers = new Set<() => void>()
  /** The connection is closed for this once what came before is answered. */
  #problem: FrameProblem | Error | null = null
  #writtenBytes = 0
  #isPaused = false
  #pausedMs = 0
  /** Nothing is taken or sent any more; the connection may still be handing out what was written. */
  #isOver = false
  #isClosed = false
  #isWaiting = false

  constructor(options: ClientConnectionOptions) {
    this.#options = options
    this.#connection = options.connection
    this.#memory = options.budget.share()
    this.remoteHost = options.connection.remoteHost
    this.remotePort = options.connection.remotePort
    this.lastActiveMs = options.clock.monotonicMs()
    this.#reader = new FrameReader(options.frameBytesMax, options.buffers)
    options.connection.onData((chunk) => this.#onData(chunk))
    options.connection.onDrain(() => this.#onDrain())
    options.connection.onClose(() => this.#onClose())
  }

  /** Since when (monotonic) the frame that is not complete yet is arriving; null: none is, or it may not. */
  get frameStartedMs(): number | null {
    return this.#reader.isInsideFrame && !this.#isPaused ? this.#frameStartedMs : null
  }

  /** Bytes of that frame that have come. */
  get frameBytes(): number {
    return this.#reader.frameBytes
  }

  /** Bytes that have moved in either direction. */
  get movedBytes(): number {
    return this.#reader.receivedBytes + this.#writtenBytes - this.#connection.bufferedBytes
  }

  /** Memory that this connection holds until its client sends or reads more; 0 when it is not the client who is waited for. */
  get bytesHeldByPeer(): number {
    this.#noteUnread()
    const isWaitedFor = this.frameStartedMs !== null || this.#memory.unreadBytes > 0
    return isWaitedFor ? this.#memory.heldBytes : 0
  }

  /** Calls `handler` when the connection closes, or at once if it has. Returns a function that takes it back. */
  onceClosed(handler: () => void): () => void {
    if (this.#isOver) handler()
    this.#closeHandlers.add(handler)
    return () => this.#closeHandlers.delete(handler)
  }

  /** Ends the connection at once; nothing more is sent. */
  destroy(): void {
    this.#connection.destroy()
    this.#onClose()
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver || this.#problem !== null) return
    const now = this.#options.clock.monotonicMs()
    this.lastActiveMs = now
    if (!this.#reader.isInsideFrame) this.#frameStartedMs = now
    const problem = this.#reader.push(chunk, (frame) => {
      this.#frameStartedMs = now
      this.#memory.addRequest(frame.length)
      this.#queue.push(frame)
    })
    this.#memory.setArriving(this.#reader.isInsideFrame ? this.#reader.frameBytes : 0)
    this.#problem = problem
    this.#pump()
  }

  #onDrain(): void {
    this.#noteUnread()
    this.#pump()
  }

  /** Starts what may start, sends what may be sent, and tells the peer to wait or go on. */
  #pump(): void {
    while (!this.#isOver && this.#queue.length > 0 && this.#mayStart()) {
      this.#start(this.#queue.shift() as Buffer)
    }
    if (this.#isOver) return
    if (this.#problem !== null && this.#queue.length === 0 && this.#slots.length === 0) {
      return this.#close(this.#problem)
    }
    const mayReceive = this.#mayReceive()
    if (!this.#isGrowing && this.#memory.unreadBytes === 0) this.#memory.rest()
    const wantsPause = this.#queue.length > 0 || this.#problem !== null || !mayReceive
    if (wantsPause === this.#isPaused) return
    this.#isPaused = wantsPause
    const nowMs = this.#options.clock.monotonicMs()
    if (wantsPause) {
      this.#pausedMs = nowMs
      this.#connection.pause()
    } else {
      // The peer is not to blame for the time in which it was not listened to.
      this.#frameStartedMs += nowMs - this.#pausedMs
      this.#connection.resume()
    }
  }

  #mayStart(): boolean {
    if (this.#connection.bufferedBytes > UNREAD_RESPONSE_BYTES_MAX) return false
    const last = this.#slots.at(-1)
    if (last !== undefined && (!last.isOpen || this.#slots.length >= OVERLAPPING_MAX)) return false
    return (this.#slots.length > 0 || this.#mayGrow()) && this.#hasTurn()
  }

  /** One turn of the loop can bring megabytes of each connection: what belongs to long frames waits as requests do. */
  #mayReceive(): boolean {
    return !this.#isGrowing || (this.#mayGrow() && this.#hasTurn())
  }

  /** A frame is arriving that memory may be too short for. */
  get #isGrowing(): boolean {
    return this.#reader.isInsideFrame && this.#reader.frameBytes > FRAME_BYTES_ALWAYS
  }

  #mayGrow(): boolean {
    return !this.#isWaiting && this.#waitUnless((resume) => this.#memory.mayGrow(resume))
  }

  #hasTurn(): boolean {
    const { turns } = this.#options
    if (this.#isWaiting) return false
    return this.#waitUnless((resume) => {
      if (turns.mayGoOn()) return true
      turns.wait(resume)
      return false
    })
  }

  /** Pumps again when `ask`, which said no, wants to be asked again. */
  #waitUnless(ask: (resume: () => void) => boolean): boolean {
    const isAllowed = ask(() => {
      this.#isWaiting = false
      this.#pump()
    })
    this.#isWaiting = !isAllowed
    return isAllowed
  }

  #start(frame: Buffer): void {
    let exchange: Exchange
    try {
      exchange = this.#options.start(frame, this)
    } catch (error) {
      this.#queue.length = 0
      this.#problem = asProblem(error)
      return
    }
    const { overlaps, started, response, decodedBytes = 0, released = [] } = exchange
    const isOpen = overlaps && started === undefined
    const slot: Slot = { requestBytes: frame.length, isOpen, response: undefined, released }
    this.#slots.push(slot)
    started?.then(
      () => {
        slot.isOpen = overlaps
        this.#pump()
      },
      (error: unknown) => this.#close(asProblem(error)),
    )
    if (!(response instanceof Promise)) {
      slot.response = response
      this.#flush()
      return
    }
    slot.requestBytes += decodedBytes
    this.#memory.addRequest(decodedBytes)
    response.then(
      (late) => {
        slot.response = late
        this.#flush()
        this.#pump() // Requests that had to wait for this one may start.
      },
      (error: unknown) => this.#close(asProblem(error)),
    )
  }

  #flush(): void {
    if (this.#isOver) return
    for (let slot = this.#slots[0]; slot?.response !== undefined; slot = this.#slots[0]) {
      this.#slots.shift()
      this.#memory.addRequest(-slot.requestBytes)
      if (slot.response === null) this.#reuse(slot.released)
      else this.#write(slot.response, slot.released)
    }
  }

  #write(response: readonly Buffer[], released: readonly Buffer[]): void {
    this.lastActiveMs = this.#options.clock.monotonicMs()
    for (const { length } of response) this.#writtenBytes += length
    const onSent = released.length === 0 ? undefined : (): void => this.#reuse(released)
    if (!this.#connection.write(response, onSent)) this.#noteUnread()
  }

  #reuse(released: readonly Buffer[]): void {
    for (const buffer of released) this.#options.buffers.give(buffer)
  }

  #noteUnread(): void {
    if (!this.#isOver) this.#memory.setUnread(this.#connection.bufferedBytes)
  }

  /** Ends the connection; what is written already still goes out. */
  #close(problem: FrameProblem | Error): void {
    if (this.#isOver) return
    this.#options.onProblem(this, problem)
    if (this.#connection.bufferedBytes === 0) return this.destroy()
    this.#end()
    this.#connection.end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#queue.length = 0
    this.#slots.length = 0
    this.#memory.release()
    for (const handler of this.#closeHandlers) handler()
    this.#closeHandlers.clear()
  }

  #onClose(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#end()
    this.#options.onClosed(this)
  }
}

function asProblem(error: unknown): Error {
  return error instanceof Error ? error : new WireError(String(error))
}
