const FIRST_MS = 20

/** Longer and longer waits between attempts, up to a bound. Pure. */
export class Backoff {
  #nextMs = FIRST_MS

  /** @param msMax of this wait */
  next(msMax: number): number {
    const delayMs = Math.min(this.#nextMs, msMax)
    this.#nextMs = Math.min(this.#nextMs * 2, Math.max(msMax, FIRST_MS))
    return delayMs
  }

  reset(): void {
    this.#nextMs = FIRST_MS
  }
}
