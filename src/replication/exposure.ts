/**
 * What a loss of power would cost: records that are committed and on no disk, as far as the leader knows. Pure.
 *
 * A leader knows its own durable end. Of a follower it knows what the follower has acknowledged: with `flush.before.ack` that is on its disk,
 * without it in its page cache, and nothing is known of its disk. What is not known counts as lost.
 */

export interface ReplicaEnds {
  readonly nodeId: number
  /** In its page cache, or on its disk. */
  readonly ackedEnd: number
  /** All below is on its disk. -1: unknown. */
  readonly durableEnd: number
}

/**
 * How many committed records are gone when the nodes of `dark` lose power now, all of them at once, and the others live.
 *
 * @param logStart first offset that counts
 */
export function recordsLost(
  replicas: readonly ReplicaEnds[],
  isDark: (nodeId: number) => boolean,
  logStart: number,
  highWatermark: number,
): number {
  let end = logStart
  for (const { nodeId, ackedEnd, durableEnd } of replicas) {
    end = Math.max(end, isDark(nodeId) ? durableEnd : ackedEnd)
  }
  return Math.max(0, highWatermark - end)
}

/** How many committed records are on fewer than `count` disks. */
export function recordsOnFewerDisks(
  replicas: readonly ReplicaEnds[],
  count: number,
  logStart: number,
  highWatermark: number,
): number {
  const ends = replicas.map(({ durableEnd }) => durableEnd).sort((a, b) => b - a)
  const end = Math.max(logStart, ends[count - 1] ?? -1)
  return Math.max(0, highWatermark - end)
}
