/** All fetchers of a node: one for each leader, and one more for those of its partitions that flush before they acknowledge. */
import { Fetcher } from './fetcher-driver.ts'
import type { FetcherEnv } from './fetcher-driver.ts'
import type { Follower } from './follower.ts'

export class Fetchers {
  readonly #env: FetcherEnv
  readonly #byLane = new Map<string, Fetcher>()
  /** Fetchers that have nothing left to fetch, until they have ended. */
  readonly #ending = new Set<Promise<void>>()
  #isClosed = false

  constructor(env: FetcherEnv) {
    this.#env = env
  }

  *followers(): Generator<Follower> {
    for (const fetcher of this.#byLane.values()) yield* fetcher.followers()
  }

  add(follower: Follower): void {
    if (this.#isClosed) return
    const lane = laneOf(follower)
    let fetcher = this.#byLane.get(lane)
    if (fetcher === undefined) {
      fetcher = new Fetcher(follower.leaderId, this.#env)
      this.#byLane.set(lane, fetcher)
    }
    fetcher.add(follower)
  }

  /** Ends fetchers that have nothing to do. To be called after a change of the metadata: partitions that only change their epoch keep theirs. */
  prune(): void {
    for (const [lane, fetcher] of this.#byLane) {
      if (fetcher.count > 0) continue
      this.#byLane.delete(lane)
      this.#end(fetcher)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const fetcher of this.#byLane.values()) this.#end(fetcher)
    this.#byLane.clear()
    await Promise.all(this.#ending)
  }

  #end(fetcher: Fetcher): void {
    const ending = fetcher.stop().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }
}

function laneOf({ leaderId, flushBeforeAck }: Follower): string {
  return `${leaderId}/${flushBeforeAck}`
}
