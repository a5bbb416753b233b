/** Those who wait for something to happen to a log: an append, a truncation, its end. */
export class Watchers {
  readonly #waiting = new Set<() => void>()

  /** Resolves at the next {@link wake}, or when the signal fires. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal?.addEventListener('abort', done)
    })
  }

  wake(): void {
    if (this.#waiting.size === 0) return
    for (const done of this.#waiting) done()
  }
}
