/**
 * Which replica a consumer had better read from (KIP-392; RackAwareReplicaSelector in Apache Kafka). Pure.
 */

export interface ReadReplica {
  readonly nodeId: number
  readonly rack: string | null
  /** End of what it has. */
  readonly end: number
  readonly logStart: number
  readonly lastCaughtUpMs: number
}

/**
 * The most advanced replica in the consumer's rack that has the offset; null: the leader, which is also the one when it is in that rack.
 *
 * @param followers those in sync
 */
export function nearestReplica(
  rack: string,
  offset: number,
  leaderRack: string | null,
  followers: Iterable<ReadReplica>,
): number | null {
  if (rack === '' || rack === leaderRack) return null
  let best: ReadReplica | null = null
  for (const follower of followers) {
    if (follower.rack !== rack || follower.end < offset || follower.logStart > offset) continue
    const isBetter =
      best === null ||
      follower.end > best.end ||
      (follower.end === best.end && follower.lastCaughtUpMs > best.lastCaughtUpMs)
    if (isBetter) best = follower
  }
  return best?.nodeId ?? null
}
