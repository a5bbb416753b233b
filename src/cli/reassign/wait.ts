import type { ClusterClient } from '../client/cluster-client.ts'
import { mayPass } from '../client/errors.ts'
import { partitionName } from '../client/partitions.ts'
import type { TopicPartition } from '../client/partitions.ts'
import { listReassignments } from '../client/reassignments.ts'
import type { Reassignment } from '../client/reassignments.ts'
import { Progress } from '../progress.ts'

const POLL_MS = 500

/**
 * Waits until none of the partitions moves any more.
 *
 * @param partitions null: all
 * @param waitMs Infinity: as long as it takes
 * @returns those that still move when the time is over
 */
export async function untilMoved(
  client: ClusterClient,
  partitions: readonly TopicPartition[] | null,
  waitMs: number,
): Promise<Reassignment[]> {
  const endMs = client.nowMs() + waitMs
  const names = partitions === null ? null : new Set(partitions.map(partitionName))
  let moving = await movingOf(client, names, endMs)
  const progress = await Progress.start('partitions', moving.length, moving.length > 0)
  try {
    while (moving.length > 0 && client.nowMs() < endMs) {
      await client.pause(Math.min(POLL_MS, Math.max(endMs - client.nowMs(), 0)))
      const left = await movingOf(client, names, endMs)
      progress.add(moving.length - left.length)
      moving = left
    }
  } finally {
    progress.stop()
  }
  return moving
}

/** A broker or the controller may change while a long move goes on. */
async function movingOf(
  client: ClusterClient,
  names: ReadonlySet<string> | null,
  endMs: number,
): Promise<Reassignment[]> {
  for (;;) {
    try {
      const moving = await listReassignments(client)
      return moving.filter((it) => names === null || names.has(partitionName(it)))
    } catch (error) {
      if (!mayPass(error) || client.nowMs() >= endMs) throw error
      await client.pause(POLL_MS)
    }
  }
}
