import { crc32c } from '../src/base/index.ts'
import type { Endpoint } from './endpoint.ts'
import type { Machine } from './machine.ts'
import type { SimNetwork } from './network.ts'

/** A connection as the network sees it: two ends, and a pipe in each direction. */
export class Link {
  readonly network: SimNetwork
  readonly client: Endpoint
  readonly server: Endpoint
  readonly #toServer: Pipe
  readonly #toClient: Pipe
  #isVanished = false
  /** Since when the two ends cannot hear each other; null: they can. */
  #brokenSinceMs: number | null = null

  constructor(network: SimNetwork, client: Endpoint, server: Endpoint) {
    this.network = network
    this.client = client
    this.server = server
    this.#toServer = new Pipe(this, client, server)
    this.#toClient = new Pipe(this, server, client)
    this.#toServer.reverse = this.#toClient
    this.#toClient.reverse = this.#toServer
    client.out = this.#toServer
    server.out = this.#toClient
  }

  get isVanished(): boolean {
    return this.#isVanished
  }

  touches(machine: Machine): boolean {
    return this.client.process.machine === machine || this.server.process.machine === machine
  }

  /** True for a connection between these two machines, whoever opened it. */
  joins(a: Machine, b: Machine): boolean {
    return this.touches(a) && this.touches(b) && (a !== b || this.isLocal)
  }

  /** Nothing arrives at either end before `atMs`. */
  holdUntil(atMs: number): void {
    this.#toServer.lastArrivalMs = atMs
    this.#toClient.lastArrivalMs = atMs
  }

  /** Resets both ends. */
  cut(): void {
    this.network.world.note(`cut ${this.#toServer.name}`)
    this.client.fail('RESET')
    this.server.fail('RESET')
  }

  /** Swallows from now on what either end sends. */
  vanish(): void {
    this.network.world.note(`vanish ${this.#toServer.name}`)
    this.#isVanished = true
    this.watchPeer()
  }

  /** Something came between the ends: if it stays, both give up. */
  watchPeer(): void {
    const { world, options } = this.network
    if (this.#brokenSinceMs !== null) return
    this.#brokenSinceMs = world.nowMs
    const sinceMs = world.nowMs
    world.schedule(options.deadPeerMs, `keep-alive ${this.#toServer.name}`, () => {
      const isBroken = this.#brokenSinceMs === sinceMs
      // An end whose machine was without power meanwhile is unknown there: the probe is answered by a reset.
      const isHalfOpen = this.client.isClosed !== this.server.isClosed
      if (!isBroken && !isHalfOpen) return
      this.client.fail(isBroken ? 'TIMED_OUT' : 'RESET')
      this.server.fail(isBroken ? 'TIMED_OUT' : 'RESET')
    })
  }

  /** The way may be open again, in one direction or both: what waited is sent again. */
  resend(): void {
    if (!this.#isBroken()) this.#brokenSinceMs = null
    this.#toServer.resend()
    this.#toClient.resend()
  }

  /** An end was closed. */
  released(): void {
    if (this.client.isClosed && this.server.isClosed) this.network.links.delete(this)
  }

  private get isLocal(): boolean {
    return this.client.process.machine === this.server.process.machine
  }

  #isBroken(): boolean {
    return this.#isVanished || !this.#toServer.isOpen || !this.#toClient.isOpen
  }
}

/** What is on its way: bytes, the orderly end of the stream, or a reset. */
interface Piece {
  readonly content: Buffer | 'end' | 'reset'
  /** Pieces arrive in this order, however long each travels. */
  readonly order: number
}

/** One direction of a connection: kernels and wire. */
export class Pipe {
  readonly link: Link
  readonly from: Endpoint
  readonly to: Endpoint
  reverse: Pipe = this
  lastArrivalMs = 0
  /** Sent, and not yet read by the process at the other end. */
  #flightBytes = 0
  /** Read there, but the news cannot come back. */
  #unheardBytes = 0
  /** Could not arrive and waits to be sent again. */
  #held: Piece[] = []
  #sent = 0
  #arrived = 0
  /** Came before a piece that was sent earlier. */
  readonly #early = new Map<number, Piece>()

  constructor(link: Link, from: Endpoint, to: Endpoint) {
    this.link = link
    this.from = from
    this.to = to
  }

  get name(): string {
    const { from, to } = this
    return `${from.process.name}:${from.localPort}>${to.process.name}:${to.localPort}`
  }

  get roomBytes(): number {
    return this.link.network.options.windowBytes - this.#flightBytes
  }

  /** True when what is sent now can arrive. */
  get isOpen(): boolean {
    const from = this.from.process.machine
    const to = this.to.process.machine
    return from.isOn && to.isOn && !this.link.network.isBlocked(from, to)
  }

  send(bytes: Buffer): void {
    const { prng, options } = this.link.network
    this.#flightBytes += bytes.length
    this.#launch({ content: bytes, order: this.#sent++ }, 0)
    if (options.cutChance > 0 && prng.chance(options.cutChance)) this.link.cut()
  }

  sendEnd(): void {
    this.#launch({ content: 'end', order: this.#sent++ }, 0)
  }

  sendReset(): void {
    this.#launch({ content: 'reset', order: this.#sent++ }, 0)
  }

  /** The process at the other end has read `sizeBytes`: as many more may be sent. */
  acknowledge(sizeBytes: number): void {
    if (!this.reverse.isOpen) {
      this.#unheardBytes += sizeBytes
      return
    }
    this.#flightBytes -= sizeBytes
    if (this.from.bufferedBytes > 0) this.from.pumpSoon(this.#delayMs())
  }

  resend(): void {
    if (this.reverse.isOpen && this.#unheardBytes > 0) {
      const heard = this.#unheardBytes
      this.#unheardBytes = 0
      this.acknowledge(heard)
    }
    if (!this.isOpen) return
    const held = this.#held
    this.#held = []
    const { prng } = this.link.network
    const waitMs = prng.float() * 1_000
    for (const piece of held) this.#launch(piece, waitMs)
  }

  #delayMs(): number {
    return this.link.network.delayMs(this.from.process.machine, this.to.process.machine)
  }

  #launch(piece: Piece, waitMs: number): void {
    const { world, prng, options } = this.link.network
    let delayMs = waitMs + this.#delayMs()
    if (options.stallChance > 0 && prng.chance(options.stallChance)) {
      delayMs += options.stallMs[0] + prng.float() * (options.stallMs[1] - options.stallMs[0])
    }
    this.lastArrivalMs = Math.max(this.lastArrivalMs, world.nowMs + delayMs)
    const { content } = piece
    const text = typeof content === 'string' ? content : `${content.length} ${crc32c(content)}`
    const label = `arrive ${this.name} ${text}`
    world.schedule(this.lastArrivalMs - world.nowMs, label, () => this.#arrive(piece))
  }

  #arrive(piece: Piece): void {
    const { network, isVanished } = this.link
    if (isVanished) return
    if (!this.isOpen) {
      this.#held.push(piece)
      return
    }
    const stalledMs = network.stalledForMs(this.from.process.machine, this.to.process.machine)
    if (stalledMs > 0) {
      network.world.schedule(stalledMs, `stalled ${this.name}`, () => this.#arrive(piece))
      return
    }
    this.#early.set(piece.order, piece)
    for (let next = this.#nextInOrder(); next !== undefined; next = this.#nextInOrder()) {
      this.#handOver(next.content)
    }
  }

  #nextInOrder(): Piece | undefined {
    const piece = this.#early.get(this.#arrived)
    if (piece !== undefined) this.#early.delete(this.#arrived++)
    return piece
  }

  #handOver(content: Piece['content']): void {
    const { to, from } = this
    if (to.isClosed) {
      // The kernel there knows nothing of this connection any more.
      if (!from.isClosed && content !== 'reset') this.reverse.sendReset()
    } else if (content === 'reset') {
      to.fail('RESET')
    } else if (content === 'end') {
      to.receiveEnd()
    } else {
      to.receive(content)
    }
  }
}
