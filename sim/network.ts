/**
 * TCP between processes, as far as a program can tell it from the real thing.
 *
 * The fault model. Bytes of a connection arrive in order and unharmed, or the connection ends: in pieces of any size, after any delay,
 * after stalls, or never. A connection can be cut (both ends get RESET), a direction between two machines can be blocked (what was sent waits
 * and is sent again when it is open), a machine can lose power (its peers hear nothing until they give up, or until it is back
 * and resets what it does not know), a connection can become half-open (neither end hears of the other again), a port can refuse. An end that was destroyed or killed
 * closes in order as far as bytes reached its kernel: the peer may see half a message and then an orderly end.
 *
 * A blocked or half-open connection is given up (TIMED_OUT) by each end after `deadPeerMs`, the work of TCP keep-alive.
 */
import type { Prng } from '../src/base/index.ts'
import { NetworkError } from '../src/io/index.ts'
import type { Network } from '../src/io/index.ts'
import { Dial } from './dial.ts'
import type { Endpoint } from './endpoint.ts'
import { Link } from './link.ts'
import { SimListener } from './listener.ts'
import type { Machine } from './machine.ts'
import type { SimProcess } from './process.ts'
import type { World } from './world.ts'

export interface SimNetworkOptions {
  /** One way between two machines: from, to. A tenth of it within a machine. */
  readonly delayMs?: readonly [number, number]
  /** How likely bytes come in small pieces, cut anywhere. */
  readonly splitChance?: number
  /** How likely a piece is held up, and with it all behind it, and for how long: from, to. */
  readonly stallChance?: number
  readonly stallMs?: readonly [number, number]
  /** How likely a piece is the last: the connection is reset. */
  readonly cutChance?: number
  /** Bytes that the kernels and the wire hold of one direction. */
  readonly windowBytes?: number
  /** After so long without a sign of the peer, a connection that is blocked or half-open is given up. */
  readonly deadPeerMs?: number
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])
const ANY = new Set(['0.0.0.0', '::'])
const FIRST_EPHEMERAL_PORT = 32_768

export class SimNetwork {
  readonly world: World
  readonly options: Required<SimNetworkOptions>
  readonly prng: Prng
  readonly links = new Set<Link>()
  readonly #listeners = new Map<string, SimListener>()
  readonly #refused = new Set<string>()
  /** Blocked directions, each with the time since when. */
  readonly #blocked = new Map<string, number>()
  readonly #stalledUntilMs = new Map<string, number>()
  #nextPort = FIRST_EPHEMERAL_PORT

  constructor(world: World, options: SimNetworkOptions) {
    this.world = world
    this.prng = world.prng('network')
    this.options = {
      delayMs: [0.05, 1],
      splitChance: 0.2,
      stallChance: 0,
      stallMs: [10, 2_000],
      cutChance: 0,
      windowBytes: 256 * 1024,
      deadPeerMs: 70_000,
      ...options,
    }
  }

  /** The Network seam of one process. */
  of(process: SimProcess): Network {
    return {
      listen: (options, accept) => SimListener.open(this, process, options, accept),
      connect: (options) => new Dial(this, process, options).result,
    }
  }

  /** Blocks what `from` sends to `to`, and nothing else. */
  block(from: Machine, to: Machine): void {
    const key = direction(from, to)
    if (this.#blocked.has(key)) return
    this.world.note(`block ${key}`)
    this.#blocked.set(key, this.world.nowMs)
    for (const link of this.links) if (link.joins(from, to)) link.watchPeer()
  }

  /** Opens that direction again: what waited is sent again. */
  unblock(from: Machine, to: Machine): void {
    const key = direction(from, to)
    if (!this.#blocked.delete(key)) return
    this.world.note(`unblock ${key}`)
    for (const link of this.links) if (link.joins(from, to)) link.resend()
  }

  /** Blocks both directions between each machine of one side and each of the other. */
  partition(side: readonly Machine[], other: readonly Machine[]): void {
    for (const a of side) {
      for (const b of other) {
        this.block(a, b)
        this.block(b, a)
      }
    }
  }

  /** Opens all directions. */
  heal(): void {
    for (const from of this.world.machines) {
      for (const to of this.world.machines) this.unblock(from, to)
    }
  }

  isBlocked(from: Machine, to: Machine): boolean {
    return this.#blocked.has(direction(from, to))
  }

  /** Nothing from `from` reaches `to` for `forMs`; then all of it does. */
  stall(from: Machine, to: Machine, forMs: number): void {
    this.#stalledUntilMs.set(direction(from, to), this.world.nowMs + forMs)
  }

  stalledForMs(from: Machine, to: Machine): number {
    return Math.max(0, (this.#stalledUntilMs.get(direction(from, to)) ?? 0) - this.world.nowMs)
  }

  /** Resets connections: all between the two machines, or all that `which` picks. */
  cut(which: (link: Link) => boolean): void {
    for (const link of this.links) if (which(link)) link.cut()
  }

  /** Makes connections half-open: both ends stay, and neither hears of the other again. */
  vanish(which: (link: Link) => boolean): void {
    for (const link of this.links) if (which(link)) link.vanish()
  }

  /** Makes a port refuse new connections although somebody listens, or stop doing so. */
  refuse(machine: Machine, port: number, isRefusing: boolean): void {
    if (isRefusing) this.#refused.add(portKey(machine, port))
    else this.#refused.delete(portKey(machine, port))
  }

  /** The power of a machine went or came. */
  powerChanged(machine: Machine): void {
    for (const link of this.links) {
      if (!link.touches(machine)) continue
      if (machine.isOn) link.resend()
      else link.watchPeer()
    }
  }

  /** The machine that `host` names for a process of `from`; null: nobody has that name. */
  resolve(from: Machine, host: string): Machine | null {
    if (LOOPBACK.has(host) || ANY.has(host)) return from
    return this.world.machines.find((machine) => machine.hosts.has(host)) ?? null
  }

  /** Who takes connections from `from` at that port of `machine`. */
  listenerAt(machine: Machine, port: number, from: Machine): SimListener | null {
    const key = portKey(machine, port)
    const listener = this.#listeners.get(key)
    if (listener === undefined || this.#refused.has(key)) return null
    return from !== machine && LOOPBACK.has(listener.host) ? null : listener
  }

  addListener(listener: SimListener): void {
    const key = portKey(listener.process.machine, listener.port)
    if (this.#listeners.has(key)) {
      const text = `Cannot listen on ${listener.host}:${listener.port}: the address is in use`
      throw new NetworkError('ADDRESS_IN_USE', text)
    }
    this.#listeners.set(key, listener)
  }

  removeListener(listener: SimListener): void {
    const key = portKey(listener.process.machine, listener.port)
    if (this.#listeners.get(key) === listener) this.#listeners.delete(key)
  }

  addLink(client: Endpoint, server: Endpoint): Link {
    const link = new Link(this, client, server)
    this.links.add(link)
    return link
  }

  ephemeralPort(): number {
    return this.#nextPort++
  }

  /** How long a piece travels. */
  delayMs(from: Machine, to: Machine): number {
    const [least, most] = this.options.delayMs
    const ms = least + this.prng.float() * (most - least)
    return from === to ? ms / 10 : ms
  }
}

function direction(from: Machine, to: Machine): string {
  return `${from.name}>${to.name}`
}

function portKey(machine: Machine, port: number): string {
  return `${machine.name}:${port}`
}
