/** Bytes that grow; what lies beyond the end reads as zero once the end moves past it, as in a file. */
export class GrowingBytes {
  #buffer = Buffer.alloc(0)
  sizeBytes = 0

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return
    this.resize(Math.max(this.sizeBytes, position + bytes.length))
    this.#buffer.set(bytes, position)
  }

  /** Cuts, or extends with zeros. */
  resize(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) this.#buffer.fill(0, sizeBytes, this.sizeBytes)
    if (sizeBytes > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(sizeBytes, 2 * this.#buffer.length))
      this.#buffer.copy(grown, 0, 0, this.sizeBytes)
      this.#buffer = grown
    }
    this.sizeBytes = sizeBytes
  }

  /** A copy of `[start, end)`, shorter where the end comes first. */
  slice(start: number, end: number): Buffer {
    return Buffer.from(this.#buffer.subarray(start, Math.max(start, Math.min(end, this.sizeBytes))))
  }

  read(target: Uint8Array, position: number): number {
    const source = this.#buffer.subarray(
      position,
      Math.min(this.sizeBytes, position + target.length),
    )
    target.set(source)
    return source.length
  }
}
