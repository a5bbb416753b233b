/** What the leader knows of one in-sync replica. */
export interface ReplicaProgress {
  readonly nodeId: number
  /**
   * End of the log that the replica has acknowledged: in its page cache, or on its disk for a partition with `flush.before.ack`
   * (DESIGN.md section 4, "follower acknowledgement").
   */
  readonly ackedEnd: number
}

/**
 * The high watermark: the smallest acknowledged end over the *maximal* ISR (those in sync now and those that a change under way
 * would add, KIP-497). It never falls during a leadership.
 *
 * @param current the high watermark so far
 * @param leaderAckedEnd the leader's own acknowledged end
 * @param others the other members of the maximal ISR
 */
export function highWatermarkOf(
  current: number,
  leaderAckedEnd: number,
  others: readonly ReplicaProgress[],
): number {
  let end = leaderAckedEnd
  for (const { ackedEnd } of others) end = Math.min(end, ackedEnd)
  return Math.max(current, end)
}
