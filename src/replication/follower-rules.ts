/** What a follower does with its leader's word. Pure (AbstractFetcherThread in Apache Kafka). */
import { errorCodes } from '../protocol/index.ts'

/** Where one's own log has an epoch end: the answer of PartitionLog.epochEndOffset. */
export interface OwnEpochEnd {
  readonly leaderEpoch: number
  readonly endOffset: number
}

/**
 * Where to cut one's log when the leader says that it leaves the leader's (KIP-101, KIP-279, KIP-595). What remains may still diverge: the next fetch
 * will say so.
 *
 * @param diverging the largest epoch that the leader has, at or below the follower's, and where it ends there
 * @param own the largest epoch that the follower has, at or below `diverging.epoch`, and where it ends
 */
export function truncationOffset(
  diverging: { readonly epoch: number; readonly endOffset: number },
  own: OwnEpochEnd,
  logEnd: number,
): number {
  if (own.leaderEpoch < 0 || own.endOffset < 0) return Math.min(diverging.endOffset, logEnd)
  if (own.leaderEpoch < diverging.epoch) return Math.min(own.endOffset, logEnd)
  return Math.min(own.endOffset, diverging.endOffset, logEnd)
}

/** What becomes of a partition whose fetch was answered with an error. */
export type FetchRemedy =
  /** Ask again a little later: somebody has not heard yet who leads. */
  | 'later'
  /** The log begins or ends elsewhere. */
  | 'outOfRange'
  /** This node has not heard that the epoch is over: nothing until it has. */
  | 'fenced'

export function remedyFor(errorCode: number): FetchRemedy {
  switch (errorCode) {
    case errorCodes.OFFSET_OUT_OF_RANGE:
      return 'outOfRange'
    case errorCodes.FENCED_LEADER_EPOCH:
      return 'fenced'
    default:
      return 'later'
  }
}

export interface LogEnds {
  readonly logStart: number
  readonly logEnd: number
}

export type RangeRepair =
  | { readonly kind: 'truncateTo'; readonly offset: number }
  | { readonly kind: 'restartAt'; readonly offset: number }
  | { readonly kind: 'none' }

/**
 * What to do when the leader does not have the offset: an end beyond the leader's comes of an unclean election, one before the leader's start of a follower
 * that was away for longer than the leader keeps records.
 */
export function repairFor(own: LogEnds, leader: LogEnds): RangeRepair {
  if (leader.logEnd < own.logEnd) return { kind: 'truncateTo', offset: leader.logEnd }
  if (leader.logStart > own.logEnd) return { kind: 'restartAt', offset: leader.logStart }
  return { kind: 'none' }
}
