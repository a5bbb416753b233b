/** The fetcher's side of an incremental fetch session (KIP-227): what of its wishes the leader knows already. Pure. */
import { errorCodes } from '../protocol/index.ts'
import type { FetchTarget } from './fetch-session.ts'

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  /** Those that the leader does not know, or not so. */
  readonly targets: readonly FetchTarget[]
  readonly forgotten: readonly FetchTarget[]
}

export class FetcherSession {
  #id = 0
  /** Of the next request; 0: begin anew. */
  #epoch = 0
  #known: ReadonlyMap<string, FetchTarget> = new Map()

  /** @param wanted by a key of the caller's, all that shall be fetched */
  request(wanted: ReadonlyMap<string, FetchTarget>): SessionRequest {
    const known = this.#epoch === 0 ? new Map<string, FetchTarget>() : this.#known
    const targets: FetchTarget[] = []
    for (const [key, target] of wanted) {
      const told = known.get(key)
      if (told === undefined || !isSame(told, target)) targets.push(target)
    }
    const forgotten: FetchTarget[] = []
    for (const [key, target] of known) if (!wanted.has(key)) forgotten.push(target)
    this.#known = wanted
    return { sessionId: this.#id, sessionEpoch: this.#epoch, targets, forgotten }
  }

  /** Takes the answer to the last request. False when it says nothing of the partitions: ask again. */
  answered(errorCode: number, sessionId: number): boolean {
    if (errorCode !== 0) {
      if (errorCode === errorCodes.FETCH_SESSION_ID_NOT_FOUND) this.#id = 0
      this.#epoch = 0
      return false
    }
    if (sessionId === 0) {
      this.#id = 0
      this.#epoch = 0
    } else {
      this.#id = sessionId
      this.#epoch = this.#epoch === 0x7fff_ffff ? 1 : this.#epoch + 1
    }
    return true
  }

  /** There was no answer: the leader may know more or less than is known here. The next request closes the session and begins another. */
  reset(): void {
    this.#epoch = 0
  }
}

function isSame(a: FetchTarget, b: FetchTarget): boolean {
  return (
    a.fetchOffset === b.fetchOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.logStartOffset === b.logStartOffset &&
    a.partitionMaxBytes === b.partitionMaxBytes
  )
}
