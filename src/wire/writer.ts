import { uuidToBytes, varint, writeInt64 } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'

/** Byte fields from this size on are passed along as they are instead of being copied. */
const PASS_ALONG_FROM = 4096

/**
 * Writes the protocol's primitive types, front to back, into as few buffers as possible. Large byte fields are not copied: they become
 * buffers of their own in {@link Writer.finish}, so the caller must not change them afterwards.
 */
export class Writer {
  #buffer: Buffer
  #position = 0
  #sealedBytes = 0
  readonly #sealed: Buffer[] = []

  constructor(sizeHint = 256) {
    this.#buffer = Buffer.allocUnsafe(sizeHint)
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#sealedBytes + this.#position
  }

  #reserve(size: number): number {
    const position = this.#position
    if (position + size > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, position + size))
      this.#buffer.copy(grown, 0, 0, position)
      this.#buffer = grown
    }
    this.#position = position + size
    return position
  }

  // `#reserve` may replace the buffer, so `at` is taken before `this.#buffer` is read.
  int8(value: number): void {
    const at = this.#reserve(1)
    this.#buffer.writeInt8(value, at)
  }

  bool(value: boolean): void {
    const at = this.#reserve(1)
    this.#buffer[at] = value ? 1 : 0
  }

  int16(value: number): void {
    const at = this.#reserve(2)
    this.#buffer.writeInt16BE(value, at)
  }

  uint16(value: number): void {
    const at = this.#reserve(2)
    this.#buffer.writeUInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#reserve(4)
    this.#buffer.writeInt32BE(value, at)
  }

  uint32(value: number): void {
    const at = this.#reserve(4)
    this.#buffer.writeUInt32BE(value, at)
  }

  int64(value: number): void {
    const at = this.#reserve(8)
    writeInt64(this.#buffer, value, at)
  }

  float64(value: number): void {
    const at = this.#reserve(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  uuid(value: Uuid): void {
    const at = this.#reserve(16)
    uuidToBytes(value).copy(this.#buffer, at)
  }

  uvarint(value: number): void {
    const at = this.#reserve(varint.uvarintSize(value))
    varint.writeUvarint(this.#buffer, value, at)
  }

  utf8(value: string, sizeBytes: number): void {
    const at = this.#reserve(sizeBytes)
    this.#buffer.write(value, at, sizeBytes, 'utf8')
  }

  bytes(value: Uint8Array): void {
    if (value.length >= PASS_ALONG_FROM) {
      this.#seal()
      this.#sealed.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
      this.#sealedBytes += value.length
      return
    }
    const at = this.#reserve(value.length)
    this.#buffer.set(value, at)
  }

  /** Appends what another writer wrote. */
  append(other: Writer): void {
    for (const buffer of other.finish()) this.bytes(buffer)
  }

  /** Overwrites an int32 that was written first, at position 0, before any byte field was passed along. */
  patchFirstInt32(value: number): void {
    const first = this.#sealed[0] ?? this.#buffer
    first.writeInt32BE(value, 0)
  }

  #seal(): void {
    if (this.#position === 0) return
    this.#sealed.push(this.#buffer.subarray(0, this.#position))
    this.#sealedBytes += this.#position
    this.#buffer = this.#buffer.subarray(this.#position)
    this.#position = 0
  }

  /** All that was written, as buffers in order. The writer is done afterwards. */
  finish(): Buffer[] {
    this.#seal()
    return this.#sealed
  }

  /** All that was written, as one buffer. */
  toBuffer(): Buffer {
    const buffers = this.finish()
    return buffers.length === 1 ? (buffers[0] as Buffer) : Buffer.concat(buffers)
  }
}
