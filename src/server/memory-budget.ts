/**
 * Bounds the bytes that all connections together hold in requests that are not answered and responses that are not sent.
 * Connections stop reading while it is used up, so the kernel's buffers push back on the clients.
 */
export class MemoryBudget {
  readonly sizeBytesMax: number
  #usedBytes = 0
  #waiting: Array<() => void> = []

  constructor(sizeBytesMax: number) {
    this.sizeBytesMax = sizeBytesMax
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** True when nothing new should be started. What is under way may still take: it must be able to finish. */
  get isExhausted(): boolean {
    return this.#usedBytes >= this.sizeBytesMax
  }

  take(sizeBytes: number): void {
    this.#usedBytes += sizeBytes
  }

  give(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
    if (this.isExhausted || this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }

  /** Calls `resume` once, when bytes are free again. */
  whenFree(resume: () => void): void {
    this.#waiting.push(resume)
  }
}
