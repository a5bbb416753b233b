import { readInt64, uuidFromBytes, varint } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'

/** The bytes do not have the form that the schema says. Always the sender's fault, never ours. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** Tagged fields of one struct at most, as Kafka 4.4. */
const TAG_COUNT_MAX = 10_000
/**
 * Elements of all arrays of one message at most, its unknown tagged fields among them; Kafka 4.4 has this bound for each array alone. A
 * struct of three bytes takes a hundred in memory, so without the bound a frame of 100 MiB with arrays in arrays would take gigabytes.
 */
const ELEMENT_COUNT_MAX = 1_000_000

/**
 * Reads the protocol's primitive types from a buffer, front to back. Every read checks the end first, so a reader never leaves its bytes and
 * never allocates from a declared length. Byte fields are views on the buffer, not copies.
 */
export class Reader {
  readonly buffer: Buffer
  position: number
  /** Elements that a message may have; lower it where the sender is not trusted. */
  elementCountMax = ELEMENT_COUNT_MAX
  #end: number
  #elementCount = 0

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    this.buffer = buffer
    this.position = position
    this.#end = end
  }

  /** Where the readable bytes end. */
  get end(): number {
    return this.#end
  }

  get remaining(): number {
    return this.#end - this.position
  }

  /** Elements of arrays, and unknown tagged fields, that the message being read has so far. */
  get elementCount(): number {
    return this.#elementCount
  }

  #take(size: number): number {
    const position = this.position
    if (size < 0 || size > this.#end - position) {
      throw new WireError(`Cannot read ${size} bytes: ${this.#end - position} remain`)
    }
    this.position = position + size
    return position
  }

  int8(): number {
    return this.buffer.readInt8(this.#take(1))
  }

  bool(): boolean {
    return this.buffer[this.#take(1)] !== 0
  }

  int16(): number {
    return this.buffer.readInt16BE(this.#take(2))
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.#take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.#take(4))
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.#take(4))
  }

  int64(): number {
    return readInt64(this.buffer, this.#take(8))
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8))
  }

  uuid(): Uuid {
    return uuidFromBytes(this.buffer, this.#take(16))
  }

  uvarint(): number {
    const value = varint.readUvarint32(this.buffer, this.position, this.#end)
    if (varint.next < 0) throw new WireError('Cannot read a varint: it is malformed or cut short')
    this.position = varint.next
    return value
  }

  /** `sizeBytes` bytes as a view. */
  bytes(sizeBytes: number): Buffer {
    const start = this.#take(sizeBytes)
    return this.buffer.subarray(start, start + sizeBytes)
  }

  skip(sizeBytes: number): void {
    this.#take(sizeBytes)
  }

  utf8(sizeBytes: number): string {
    const start = this.#take(sizeBytes)
    return this.buffer.toString('utf8', start, start + sizeBytes)
  }

  /** The length of an array (-1: null), held against what could fit: each element takes `elementSizeMin` bytes or more. */
  arrayLength(flexible: boolean, elementSizeMin: number): number {
    const length = flexible ? this.uvarint() - 1 : this.int32()
    if (length < -1 || length * elementSizeMin > this.remaining) {
      throw new WireError(
        `Cannot read an array of ${length} elements: ${this.remaining} bytes remain`,
      )
    }
    if (length > 0) this.#countElements(length)
    return length
  }

  /** A new message begins: its elements are counted from zero. */
  beginMessage(): void {
    this.#elementCount = 0
  }

  #countElements(count: number): void {
    this.#elementCount += count
    if (this.#elementCount > this.elementCountMax) {
      throw new WireError(
        `Cannot read a message of ${this.#elementCount} elements: at most ${this.elementCountMax}`,
      )
    }
  }

  /** Ends the readable bytes after the next `sizeBytes`. Returns the old end, for {@link leave}. */
  enter(sizeBytes: number): number {
    if (sizeBytes > this.remaining) {
      throw new WireError(`Cannot read ${sizeBytes} bytes: ${this.remaining} remain`)
    }
    const outer = this.#end
    this.#end = this.position + sizeBytes
    return outer
  }

  /** Undoes {@link enter}; everything inside must have been read. */
  leave(outerEnd: number): void {
    if (this.remaining > 0) {
      throw new WireError(`Cannot read a tagged field: ${this.remaining} bytes left over`)
    }
    this.#end = outerEnd
  }

  /** The number of tagged fields that follow. */
  tagCount(): number {
    const count = this.uvarint()
    if (count > TAG_COUNT_MAX || count * 2 > this.remaining) {
      throw new WireError(`Cannot read ${count} tagged fields: ${this.remaining} bytes remain`)
    }
    if (count > 0) this.#countElements(count)
    return count
  }

  /** Passes over a whole tag section without making objects of it. */
  skipTags(): void {
    const count = this.tagCount()
    for (let i = 0; i < count; i++) {
      this.uvarint()
      this.#take(this.uvarint())
    }
  }
}
