/**
 * Incremental fetch sessions (KIP-227): a fetcher names its partitions once, later only what changes, and gets back only partitions with
 * news. Pure bookkeeping; ids and times are given.
 */
import { errorCodes } from '../protocol/index.ts'
import { ZERO_UUID } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'

/** One partition as the fetcher wants it read. */
export interface FetchTarget {
  /** Empty when only the id is known. */
  topic: string
  /** {@link ZERO_UUID} in versions before 13. */
  topicId: Uuid
  readonly partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  lastFetchedEpoch: number
  logStartOffset: number
  partitionMaxBytes: number
}

/** The part of an answer that decides whether an incremental response must name the partition. */
export interface FetchNews {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly recordBytes: number
  /** Preferred read replica, diverging epoch or the like: always told. */
  readonly hasNotice: boolean
}

interface CachedPartition {
  readonly target: FetchTarget
  highWatermark: number
  logStartOffset: number
  hadError: boolean
}

interface Session {
  readonly id: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  /** The epoch that the next request must carry. */
  epoch: number
  lastUsedMs: number
  readonly createdMs: number
  readonly partitions: Map<string, CachedPartition>
}

export interface FetchSessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  readonly targets: readonly FetchTarget[]
  readonly forgotten: ReadonlyArray<{
    readonly topic: string
    readonly topicId: Uuid
    readonly partition: number
  }>
}

/** What to read for a request, and what of the answers to send. */
export interface FetchPlan {
  readonly sessionId: number
  readonly targets: Iterable<FetchTarget>
  /** True when the response must hold this partition. Remembers what was told. */
  mustTell(target: FetchTarget, news: FetchNews): boolean
}

const INITIAL_EPOCH = 0
const SESSIONLESS_EPOCH = -1
const INT32_LAST = 0x7fff_ffff

function keyOf(part: {
  readonly topic: string
  readonly topicId: Uuid
  readonly partition: number
}): string {
  return `${part.topicId === ZERO_UUID ? part.topic : part.topicId}/${part.partition}`
}

function nextEpoch(epoch: number): number {
  return epoch === INT32_LAST ? 1 : epoch + 1
}

export class FetchSessions {
  readonly #slotsMax: number
  readonly #evictionMsMin: number
  /** By last use, oldest first (a Map keeps insertion order). */
  readonly #sessions = new Map<number, Session>()

  /**
   * @param slotsMax sessions kept (`max.incremental.fetch.session.cache.slots`)
   * @param evictionMsMin how long a session is safe from newcomers
   */
  constructor(slotsMax: number, evictionMsMin = 120_000) {
    this.#slotsMax = slotsMax
    this.#evictionMsMin = evictionMsMin
  }

  get count(): number {
    return this.#sessions.size
  }

  /**
   * @param nowMs monotonic
   * @param randomId a random int32 above 0, used when a session is made
   * @returns the plan, or an error code for the whole response
   */
  plan(request: FetchSessionRequest, nowMs: number, randomId: () => number): FetchPlan | number {
    const { sessionId, sessionEpoch } = request
    if (sessionEpoch === INITIAL_EPOCH || sessionEpoch === SESSIONLESS_EPOCH) {
      this.#sessions.delete(sessionId)
      if (sessionEpoch === SESSIONLESS_EPOCH) return fullPlan(0, request.targets)
      return this.#newSession(request, nowMs, randomId)
    }
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return errorCodes.FETCH_SESSION_ID_NOT_FOUND
    if (session.epoch !== sessionEpoch) return errorCodes.INVALID_FETCH_SESSION_EPOCH
    if (session.usesTopicIds !== request.usesTopicIds)
      return errorCodes.FETCH_SESSION_TOPIC_ID_ERROR
    return this.#incrementalPlan(session, request, nowMs)
  }

  #newSession(request: FetchSessionRequest, nowMs: number, randomId: () => number): FetchPlan {
    if (request.targets.length === 0 || !this.#makeRoom(request.isFollower, nowMs)) {
      return fullPlan(0, request.targets)
    }
    let id = randomId()
    while (id === 0 || this.#sessions.has(id)) id = randomId()
    const session: Session = {
      id,
      usesTopicIds: request.usesTopicIds,
      isFollower: request.isFollower,
      epoch: 1,
      lastUsedMs: nowMs,
      createdMs: nowMs,
      partitions: new Map(),
    }
    for (const target of request.targets) remember(session, target)
    this.#sessions.set(id, session)
    return sessionPlan(session, true)
  }

  /** A full cache gives way only for a session that was not used for a while, or a consumer's for a follower. */
  #makeRoom(forFollower: boolean, nowMs: number): boolean {
    if (this.#sessions.size < this.#slotsMax) return true
    for (const session of this.#sessions.values()) {
      const isStale = nowMs - session.lastUsedMs > this.#evictionMsMin
      if (isStale || (forFollower && !session.isFollower)) {
        this.#sessions.delete(session.id)
        return true
      }
    }
    return false
  }

  #incrementalPlan(session: Session, request: FetchSessionRequest, nowMs: number): FetchPlan {
    session.epoch = nextEpoch(session.epoch)
    session.lastUsedMs = nowMs
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
    for (const target of request.targets) remember(session, target)
    for (const part of request.forgotten) session.partitions.delete(keyOf(part))
    if (session.partitions.size > 0) return sessionPlan(session, false)
    this.#sessions.delete(session.id)
    return fullPlan(0, [])
  }
}

function remember(session: Session, target: FetchTarget): void {
  const known = session.partitions.get(keyOf(target))
  if (known === undefined) {
    session.partitions.set(keyOf(target), {
      target: { ...target },
      highWatermark: -1,
      logStartOffset: -1,
      hadError: false,
    })
    return
  }
  // A fetcher that goes back, or to another leadership, may not have heard what it was told last.
  const { currentLeaderEpoch, fetchOffset } = known.target
  if (target.currentLeaderEpoch !== currentLeaderEpoch || target.fetchOffset < fetchOffset) {
    known.highWatermark = -1
    known.logStartOffset = -1
  }
  Object.assign(known.target, target)
}

function fullPlan(sessionId: number, targets: Iterable<FetchTarget>): FetchPlan {
  return { sessionId, targets, mustTell: () => true }
}

function sessionPlan(session: Session, isFull: boolean): FetchPlan {
  return {
    sessionId: session.id,
    targets: Array.from(session.partitions.values(), (cached) => cached.target),
    mustTell(target, news) {
      const key = keyOf(target)
      const cached = session.partitions.get(key)
      if (cached === undefined) return true
      const changed =
        news.recordBytes > 0 ||
        news.hasNotice ||
        news.errorCode !== 0 ||
        cached.hadError ||
        cached.highWatermark !== news.highWatermark ||
        cached.logStartOffset !== news.logStartOffset
      cached.highWatermark = news.highWatermark
      cached.logStartOffset = news.logStartOffset
      cached.hadError = news.errorCode !== 0
      if (news.recordBytes > 0) {
        // Fairness (KIP-74): a partition that got bytes goes to the end of the line.
        session.partitions.delete(key)
        session.partitions.set(key, cached)
      }
      return changed || isFull
    },
  }
}
