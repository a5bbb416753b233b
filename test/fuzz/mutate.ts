/** Makes a hostile frame of a sound one, cheaply: bytes are copied into place and changed there. */
import type { Prng } from '../../src/base/index.ts'
import { mutateBatch } from './batches.ts'
import type { Corpus, SeedFrame } from './corpus.ts'

const LENGTH_BYTES = 4
/** Bytes that end varints, begin negative numbers, or mean null. */
const BYTES = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xfe, 0xff]
const INT16S = [0, -1, 1, 0x7fff, -0x8000]
const INT32S = [0, -1, 1, 2, 0x7fff_ffff, -0x8000_0000, 1_000_000, 1_000_001, 0x0fff_ffff, 100_000]
const VARINTS = [
  'ffffffffff',
  'ffffffff0f',
  'ffffffff07',
  '8080808080',
  '808080808000',
  '80808080808080808080',
  'ffffffffffffffffff01',
  '00',
].map((hex) => Buffer.from(hex, 'hex'))
/** A tag section in a tag section in …: 200 tagged fields, each within the one before. */
const NESTED_TAGS = nestedTags(60)
const MANY_TAGS = Buffer.concat([Buffer.from('e807', 'hex'), Buffer.alloc(2000)])

function nestedTags(depth: number): Buffer {
  let bytes = Buffer.from([0])
  for (let i = 0; i < depth; i++) bytes = Buffer.concat([Buffer.from([1, 0, bytes.length]), bytes])
  return bytes
}

/** Room that a mutant needs beside the largest frame. */
export const MUTANT_GROWTH_MAX = 70_000

export class Mutator {
  readonly #prng: Prng
  readonly #corpus: Corpus
  /** One mutant in so many is a heavy one. */
  heavyEvery: number
  #count = 0
  #nextHeavy = 0

  constructor(prng: Prng, corpus: Corpus, heavyEvery: number) {
    this.#prng = prng
    this.#corpus = corpus
    this.heavyEvery = heavyEvery
  }

  /** Writes one mutant with its length to `out` at `position`; where it ends, or -1 when it does not fit. */
  next(out: Buffer, position: number): number {
    const { frames, heavy } = this.#corpus
    const isHeavy = this.#count % this.heavyEvery === this.heavyEvery - 1
    const seed = isHeavy ? heavy[this.#nextHeavy % heavy.length] : this.#prng.pick(frames)
    if (seed === undefined || position + seed.bytes.length + MUTANT_GROWTH_MAX > out.length) {
      return -1
    }
    this.#count += 1
    seed.bytes.copy(out, position)
    let end = position + seed.bytes.length
    if (isHeavy) this.#nextHeavy += 1
    else end = this.#mutate(seed, out, position, end)
    out.writeInt32BE(end - position - LENGTH_BYTES, position)
    return end
  }

  #mutate(seed: SeedFrame, out: Buffer, start: number, end: number): number {
    const prng = this.#prng
    const { batch } = seed
    if (batch !== null && prng.chance(0.7)) {
      mutateBatch(prng, out, start + batch.start, start + batch.end)
      return end
    }
    let newEnd = end
    for (let n = prng.pick([1, 1, 1, 2, 4]); n > 0; n--) {
      newEnd = this.#change(out, start + LENGTH_BYTES, newEnd)
    }
    return newEnd
  }

  /** One change somewhere between `from` and `end`; the new end. */
  #change(out: Buffer, from: number, end: number): number {
    const prng = this.#prng
    const size = end - from
    // Behind the header mostly, which is eight bytes and the client id.
    const first = size > 20 && prng.chance(0.9) ? from + 14 : from
    const at = prng.int(first, Math.max(first, end - 1))
    switch (prng.int(0, 15)) {
      case 0:
      case 1:
      case 2:
      case 3:
        out[at] = (out[at] ?? 0) ^ (1 << prng.int(0, 7))
        return Math.max(end, at + 1)
      case 4:
      case 5:
      case 6:
        out[at] = prng.pick(BYTES)
        return Math.max(end, at + 1)
      case 7:
        out.writeInt16BE(prng.pick(INT16S), at)
        return Math.max(end, at + 2)
      case 8:
      case 9:
        out.writeInt32BE(prng.pick(INT32S), at)
        return Math.max(end, at + 4)
      case 10:
        return Math.max(end, at + prng.pick(VARINTS).copy(out, at))
      case 11:
        return at // Cut short.
      case 12:
        return this.#insert(out, at, end, prng.bytes(prng.int(1, 8)))
      case 13: {
        // A tag section where there was none, or in the place of the last.
        const tags = prng.chance(0.5) ? NESTED_TAGS : MANY_TAGS
        return prng.chance(0.5)
          ? end - 1 + tags.copy(out, end - 1)
          : this.#insert(out, at, end, tags)
      }
      case 14: {
        // The rest of another request.
        const other = prng.pick(this.#corpus.frames).bytes
        const cut = prng.int(LENGTH_BYTES, other.length - 1)
        return at + other.copy(out, at, cut, Math.min(other.length, cut + MUTANT_GROWTH_MAX / 8))
      }
      default: {
        // A part of it doubled.
        const length = Math.min(end - at, prng.int(1, 64))
        return this.#insert(out, at, end, Buffer.from(out.subarray(at, at + length)))
      }
    }
  }

  #insert(out: Buffer, at: number, end: number, bytes: Buffer): number {
    out.copyWithin(at + bytes.length, at, end)
    bytes.copy(out, at)
    return end + bytes.length
  }
}
