/**
 * Bounds the bytes that all connections together hold: frames that are arriving, requests that are not answered, responses that are not
 * read. While it is used up nothing new is read or started, so the kernel's buffers push back on the clients.
 *
 * What holds the memory may itself need more to come to an end (the rest of a frame, the answer to a request). Therefore one connection at a
 * time has the right of way and may exceed the budget by what it needs.
 */
export class MemoryBudget {
  readonly sizeBytesMax: number
  #usedBytes = 0
  #waiting: Array<() => void> = []
  #rightOfWay: MemoryShare | null = null
  #isPassingOn = false

  constructor(sizeBytesMax: number) {
    this.sizeBytesMax = sizeBytesMax
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get isExhausted(): boolean {
    return this.#usedBytes >= this.sizeBytesMax
  }

  /** The part of one connection; to be released when it closes. */
  share(): MemoryShare {
    return new MemoryShare(this)
  }

  /** Counts bytes of a share, or takes them off again when negative. */
  add(sizeBytes: number): void {
    this.#usedBytes += sizeBytes
    if (sizeBytes >= 0 || this.isExhausted || this.#waiting.length === 0) return
    this.#rightOfWay = null
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }

  /** Whether `share` may grow. If memory is short and nobody has the right of way, it gets it. */
  admits(share: MemoryShare): boolean {
    if (!this.isExhausted) return true
    this.#rightOfWay ??= share
    return this.#rightOfWay === share
  }

  /** Calls `resume` when {@link admits} may say something else than before. */
  wait(resume: () => void): void {
    this.#waiting.push(resume)
  }

  /** `share` needs the right of way no longer. */
  passOn(share: MemoryShare): void {
    if (this.#rightOfWay !== share) return
    this.#rightOfWay = null
    if (this.#isPassingOn) return
    this.#isPassingOn = true
    // Who does not want it any more does not take it.
    while (this.isExhausted && this.#rightOfWay === null && this.#waiting.length > 0) {
      this.#waiting.shift()?.()
    }
    this.#isPassingOn = false
  }
}

/** What one connection holds of a {@link MemoryBudget}. */
export class MemoryShare {
  readonly #budget: MemoryBudget
  #requestBytes = 0
  #arrivingBytes = 0
  #unreadBytes = 0

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  get heldBytes(): number {
    return this.#requestBytes + this.#arrivingBytes + this.#unreadBytes
  }

  /** Bytes of responses that the client has not taken. */
  get unreadBytes(): number {
    return this.#unreadBytes
  }

  /** Whole requests: their frames, and what they were decoded to while they wait. Negative when they are done. */
  addRequest(sizeBytes: number): void {
    this.#requestBytes += sizeBytes
    this.#budget.add(sizeBytes)
  }

  /** The frame that has begun and not ended; 0: none has. */
  setArriving(sizeBytes: number): void {
    const grown = sizeBytes - this.#arrivingBytes
    this.#arrivingBytes = sizeBytes
    if (grown !== 0) this.#budget.add(grown)
  }

  setUnread(sizeBytes: number): void {
    const grown = sizeBytes - this.#unreadBytes
    this.#unreadBytes = sizeBytes
    if (grown !== 0) this.#budget.add(grown)
  }

  /** Whether it may grow now. If not, `resume` is called when that should be asked again. */
  mayGrow(resume: () => void): boolean {
    if (this.#budget.admits(this)) return true
    this.#budget.wait(resume)
    return false
  }

  /** It needs nothing more for now: others may have the right of way. */
  rest(): void {
    this.#budget.passOn(this)
  }

  /** The connection has closed. */
  release(): void {
    const held = this.heldBytes
    this.#requestBytes = this.#arrivingBytes = this.#unreadBytes = 0
    if (held > 0) this.#budget.add(-held)
    this.rest()
  }
}
