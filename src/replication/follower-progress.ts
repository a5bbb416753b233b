/**
 * What the leader knows of one follower (org.apache.kafka.server.replica.Replica). Times are monotonic; -Infinity: never.
 */
export interface FollowerProgress {
  readonly nodeId: number
  /**
   * End of the log that the follower has acknowledged by fetching from there: in its page cache, or on its disk for a partition with
   * `flush.before.ack`. -1: it has not fetched in this leader epoch.
   */
  ackedEnd: number
  /** -1: unknown. */
  logStart: number
  /** Of the last fetch; -1: the follower names none; null: it has not fetched in this leader epoch. */
  brokerEpoch: number | null
  lastFetchMs: number
  /** The leader's log end at the last fetch. */
  leaderEndThen: number
  lastCaughtUpMs: number
}

/** One fetch of a follower, as far as it says how far the follower is. */
export interface FollowerFetch {
  readonly nodeId: number
  /** -1: not said. */
  readonly brokerEpoch: number
  readonly fetchOffset: number
  readonly logStart: number
}

/** A follower of whom nothing is known yet. Those in sync have the benefit of the doubt, for `replica.lag.time.max.ms`. */
export function unseenFollower(nodeId: number, isInSync: boolean, nowMs: number): FollowerProgress {
  return {
    nodeId,
    ackedEnd: -1,
    logStart: -1,
    brokerEpoch: null,
    lastFetchMs: -Infinity,
    leaderEndThen: -1,
    lastCaughtUpMs: isInSync ? nowMs : -Infinity,
  }
}

/**
 * Notes a fetch. A follower has caught up at the time of a fetch that reaches the leader's log end, or at the time of the fetch before it if it
 * reaches the log end of then: so that one who is always a little behind a busy leader counts as in sync.
 */
export function noteFetch(
  follower: FollowerProgress,
  fetch: FollowerFetch,
  leaderEnd: number,
  nowMs: number,
): void {
  const { fetchOffset } = fetch
  if (fetchOffset >= leaderEnd) {
    follower.lastCaughtUpMs = Math.max(follower.lastCaughtUpMs, nowMs)
  } else if (fetchOffset >= follower.leaderEndThen) {
    follower.lastCaughtUpMs = Math.max(follower.lastCaughtUpMs, follower.lastFetchMs)
  }
  follower.ackedEnd = fetchOffset
  follower.logStart = fetch.logStart
  follower.brokerEpoch = fetch.brokerEpoch
  follower.leaderEndThen = Math.max(leaderEnd, follower.leaderEndThen)
  follower.lastFetchMs = nowMs
}

/** True for a follower that is at the leader's log end, or was lately. */
export function isCaughtUp(
  follower: FollowerProgress,
  leaderEnd: number,
  nowMs: number,
  lagMsMax: number,
): boolean {
  return follower.ackedEnd === leaderEnd || nowMs - follower.lastCaughtUpMs <= lagMsMax
}
