/** One hostile connection after another: sends a round, counts the answers, sees how the connection ends. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Prng } from '../../src/base/index.ts'
import { Round } from './rounds.ts'
import type { RoundMaker } from './rounds.ts'

/** No answer and no end for so long: the node is stuck, or the answer was lost. */
const PATIENCE_MS = 20_000
/** How long an attacker stays to wait for what may come late. */
const WAIT_MS_MAX = 40
/** One round in so many is sent in small pieces. */
const PIECES_EVERY = 50
const LENGTH_BYTES = 4

export interface AttackerOptions {
  readonly port: number
  readonly prng: Prng
  readonly maker: RoundMaker
  /** False: stop after this round. */
  goesOn(): boolean
  /** Something that must not happen, with the frame that did it. */
  onAnomaly(what: string, frame: Buffer): void
}

/** Counts whole frames in a stream of bytes. */
class FrameCounter {
  #missing = 0
  readonly #length = Buffer.alloc(LENGTH_BYTES)
  #lengthBytes = 0

  /** How many frames end in `chunk`. */
  take(chunk: Buffer): number {
    let count = 0
    let position = 0
    while (position < chunk.length) {
      if (this.#missing === 0) {
        this.#length[this.#lengthBytes++] = chunk[position++] as number
        if (this.#lengthBytes < LENGTH_BYTES) continue
        this.#lengthBytes = 0
        this.#missing = this.#length.readInt32BE(0)
        continue
      }
      const taken = Math.min(this.#missing, chunk.length - position)
      position += taken
      this.#missing -= taken
      if (this.#missing === 0) count += 1
    }
    return count
  }
}

/** Attacks until it is told to stop. Resolves when its last connection has ended. */
export async function attack(options: AttackerOptions): Promise<void> {
  const round = new Round()
  let socket: Socket | null = null
  while (options.goesOn()) {
    options.maker.prepare(round)
    socket ??= await open(options.port)
    const isOpen = await exchange(options, socket, round)
    if (!isOpen) socket = null
  }
  socket?.destroy()
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => {}) // The node may reset what it will not read.
      resolve(socket)
    })
  })
}

/** Sends the round and sees to its end; true when the connection can be used again. */
function exchange(options: AttackerOptions, socket: Socket, round: Round): Promise<boolean> {
  const counter = new FrameCounter()
  let answered = 0
  return new Promise((resolve) => {
    let wait: NodeJS.Timeout | null = null
    const patience = setTimeout(() => finish('no answer and no end'), PATIENCE_MS)
    const finish = (anomaly: string | null): void => {
      clearTimeout(patience)
      if (wait !== null) clearTimeout(wait)
      socket.removeAllListeners('data')
      socket.removeAllListeners('close')
      const isOver = round.last !== null || anomaly !== null
      if (isOver) socket.destroy()
      if (anomaly !== null) options.onAnomaly(anomaly, round.frame(answered))
      resolve(!isOver)
    }
    const onAllAnswered = (): void => {
      if (round.last === null) finish(null)
      else if (round.last === 'silent') socket.end()
      else if (round.last === 'wait') {
        wait = setTimeout(() => finish(null), options.prng.int(0, WAIT_MS_MAX))
      }
    }
    socket.on('data', (chunk: Buffer) => {
      const before = answered
      answered += counter.take(chunk)
      if (answered > round.answers && round.last === 'close') {
        finish('answered what cannot be read')
      } else if (before < round.answers && answered >= round.answers) onAllAnswered()
    })
    socket.on('close', () => {
      finish(answered < round.answers ? 'closed on what can be read' : null)
    })
    send(options.prng, socket, round)
    if (round.answers === 0) onAllAnswered()
  })
}

function send(prng: Prng, socket: Socket, round: Round): void {
  const bytes = round.bytes.subarray(0, round.end)
  if (prng.int(1, PIECES_EVERY) > 1 || bytes.length > 100_000) {
    socket.write(bytes)
    return
  }
  const next = (position: number): void => {
    if (position >= bytes.length || socket.destroyed) return
    const end = position + prng.pick([1, 2, 3, 7, 50, 1000, 5000])
    socket.write(bytes.subarray(position, end), () => next(end))
  }
  next(0)
}
