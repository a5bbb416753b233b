/** Gathers bytes and text into one growing buffer: cheaper than many small ones. */
export class ByteBuilder {
  #buffer: Buffer
  #size = 0

  constructor(capacity = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(capacity)
  }

  get size(): number {
    return this.#size
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#size)
    this.#size += bytes.length
  }

  text(text: string): void {
    this.#reserve(text.length * 3)
    this.#size += this.#buffer.write(text, this.#size)
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#size = this.#buffer.writeInt32BE(value, this.#size)
  }

  /** All that was gathered. The builder begins anew with a buffer of its own. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#size)
    this.#buffer = Buffer.allocUnsafe(this.#buffer.length)
    this.#size = 0
    return taken
  }

  #reserve(sizeBytes: number): void {
    const wanted = this.#size + sizeBytes
    if (wanted <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#size)
    this.#buffer = larger
  }
}
