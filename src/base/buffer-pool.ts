/** Less than this comes from Node's own slab and costs next to nothing. */
const POOLED_BYTES_MIN = 16 * 1024
const POOLED_BYTES_MAX = 4 * 1024 * 1024

/**
 * Memory of large buffers, to be used again.
 *
 * A large Buffer lies outside of V8's heap, and V8 collects garbage whenever some ten megabytes of such memory have been asked for: at a hundred
 * megabytes a second of frames and answers that was a third of a node's CPU.
 */
export class BufferPool {
  readonly #heldBytesMax: number
  #heldBytes = 0
  /** Free memory by the logarithm of its size. */
  readonly #free: ArrayBuffer[][] = []
  /** Handed out: nothing else is taken back, and nothing twice. */
  readonly #lent = new WeakSet<ArrayBufferLike>()

  /** @param heldBytesMax how much memory waits for its next use at most */
  constructor(heldBytesMax: number) {
    this.#heldBytesMax = heldBytesMax
  }

  /** Bytes that wait for their next use. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** A buffer of this size with any contents. Whoever is sure that nothing refers to it any more may {@link give} it back; nobody has to. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes < POOLED_BYTES_MIN || sizeBytes > POOLED_BYTES_MAX) {
      return Buffer.allocUnsafe(sizeBytes)
    }
    const log2 = 32 - Math.clz32(sizeBytes - 1)
    const free = this.#free[log2]?.pop()
    if (free !== undefined) this.#heldBytes -= free.byteLength
    const memory = free ?? Buffer.allocUnsafeSlow(1 << log2).buffer
    this.#lent.add(memory)
    return Buffer.from(memory, 0, sizeBytes)
  }

  /** Takes back the memory behind a buffer of {@link take}, or behind a part of one. Other buffers are left alone. */
  give({ buffer: memory }: Buffer): void {
    if (!(memory instanceof ArrayBuffer) || !this.#lent.delete(memory)) return
    if (this.#heldBytes + memory.byteLength > this.#heldBytesMax) return
    this.#heldBytes += memory.byteLength
    const log2 = 31 - Math.clz32(memory.byteLength)
    ;(this.#free[log2] ??= []).push(memory)
  }
}
