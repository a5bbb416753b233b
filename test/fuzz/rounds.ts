/** Rounds: what one connection sends in one go, with what must come back. */
import { fateOf, wouldEndTheTest } from './predict.ts'
import type { Fate } from './predict.ts'
import type { Prng } from '../../src/base/index.ts'
import type { Served } from './corpus.ts'
import { BROKER_ID } from './drafts.ts'
import type { Mutator } from './mutate.ts'

/** Frames that are answered, before one that may end the connection: new connections cost more than frames. */
const FRAMES_MAX = 48
const BUFFER_BYTES = 12 * 1024 * 1024
/** A frame above this ends its round, so that the answers to it do not pile up. */
const LARGE_BYTES = 256 * 1024

/** Not frames at all. */
const NOT_KAFKA = [
  'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'SSH-2.0-OpenSSH_9.6\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
  '\u0000\u0000\u0000\u0000',
  '\u00ff\u00ff\u00ff\u00ff',
  '\u0080\u0000\u0000\u0000',
  '\u007f\u00ff\u00ff\u00ff',
  '\u0006\u0040\u0000\u0001',
  '*1\r\n$4\r\nPING\r\n',
].map((text) => Buffer.from(text, 'latin1'))

/** What has been made and what became of it. */
export interface Counts {
  /** Sent to the node. */
  sent: number
  /** Read only in this process: a frame that would close the connection, made while another one was waiting to be sent. */
  readHere: number
  readonly byFate: Record<Fate, number>
}

/** Memory of one connection for its round; used again for the next. */
export class Round {
  readonly bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  end = 0
  /** Where each frame begins; the answered ones first. */
  readonly starts: number[] = []
  answers = 0
  /** The fate of the last frame when it is not an answer. */
  last: Exclude<Fate, 'answer'> | null = null

  /** The frame at `index`, with its length. */
  frame(index: number): Buffer {
    return this.bytes.subarray(this.starts[index] ?? 0, this.starts[index + 1] ?? this.end)
  }
}

export class RoundMaker {
  readonly counts: Counts = {
    sent: 0,
    readHere: 0,
    byFate: { answer: 0, close: 0, silent: 0, wait: 0 },
  }
  readonly #prng: Prng
  readonly #mutator: Mutator
  readonly #served: Served
  /** A frame that ends a connection, kept for the end of the next round. */
  #ending: { bytes: Buffer; fate: Exclude<Fate, 'answer'> } | null = null

  constructor(prng: Prng, mutator: Mutator, served: Served) {
    this.#prng = prng
    this.#mutator = mutator
    this.#served = served
  }

  prepare(round: Round): void {
    round.starts.length = 0
    round.end = 0
    round.last = null
    while (round.starts.length < FRAMES_MAX) {
      const start = round.end
      const end = this.#mutator.next(round.bytes, start)
      if (end < 0) break
      const frame = round.bytes.subarray(start + 4, end)
      if (wouldEndTheTest(frame, BROKER_ID)) continue
      const fate = fateOf(frame, this.#served)
      if (fate !== 'answer') {
        this.#keep(round.bytes.subarray(start, end), fate)
        continue
      }
      round.starts.push(start)
      round.end = end
      if (end - start > LARGE_BYTES) break
    }
    round.answers = round.starts.length
    this.counts.byFate.answer += round.answers
    this.#append(round)
    this.counts.sent += round.starts.length
  }

  #keep(bytes: Buffer, fate: Exclude<Fate, 'answer'>): void {
    if (this.#ending !== null && bytes.length < LARGE_BYTES) this.counts.readHere += 1
    else this.#ending = { bytes: Buffer.from(bytes), fate }
  }

  #append(round: Round): void {
    const ending = this.#prng.chance(0.1)
      ? { bytes: this.#prng.pick(NOT_KAFKA), fate: 'close' as const }
      : this.#ending
    if (ending === null || round.end + ending.bytes.length > round.bytes.length) return
    if (ending === this.#ending) this.#ending = null
    round.starts.push(round.end)
    round.end += ending.bytes.copy(round.bytes, round.end)
    round.last = ending.fate
    this.counts.byFate[ending.fate] += 1
  }
}
