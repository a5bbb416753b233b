import type { ClusterClient } from './cluster-client.ts'

const FIRST_MS = 50
const LONGEST_MS = 1_000

/** Growing pauses between tries, up to a total time. {@link reset} when there was progress. */
export class Backoff {
  readonly #client: ClusterClient
  readonly #budgetMs: number
  #nextMs = FIRST_MS
  #endMs: number | null = null

  constructor(client: ClusterClient, budgetMs: number) {
    this.#client = client
    this.#budgetMs = budgetMs
  }

  /** Waits. False, at once: the time is over. The time begins with the first call. */
  async pause(): Promise<boolean> {
    const nowMs = this.#client.nowMs()
    this.#endMs ??= nowMs + this.#budgetMs
    if (nowMs >= this.#endMs) return false
    await this.#client.pause(this.#nextMs)
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS)
    return true
  }

  reset(): void {
    this.#endMs = null
    this.#nextMs = FIRST_MS
  }
}
