/** How far a group is behind. */
import { errorCodes } from '../../protocol/index.ts'
import type { ClusterClient } from './cluster-client.ts'
import { KafkaError } from './errors.ts'
import type { Committed, GroupMember } from './groups.ts'
import { END, listOffsets } from './list-offsets.ts'
import { byTopic, comparePartitions, partitionName } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

export interface PartitionLag extends TopicPartition {
  /** Null: nothing is committed. */
  readonly committed: number | null
  /** The high watermark; null: the topic is gone, or nobody leads the partition. */
  readonly end: number | null
  readonly lag: number | null
  readonly clientId: string | null
  readonly host: string | null
}

/** Every partition that has a commit or a member, in order. */
export async function groupLag(
  client: ClusterClient,
  members: readonly GroupMember[],
  committed: readonly Committed[],
): Promise<PartitionLag[]> {
  const owners = new Map<string, GroupMember>()
  const partitions = new Map<string, TopicPartition>()
  const offsets = new Map<string, number>()
  for (const item of committed) {
    partitions.set(partitionName(item), item)
    offsets.set(partitionName(item), item.offset)
  }
  for (const member of members) {
    for (const partition of member.partitions) {
      partitions.set(partitionName(partition), partition)
      owners.set(partitionName(partition), member)
    }
  }
  const sorted = [...partitions.values()].sort(comparePartitions)
  const ends = await knownEnds(client, sorted)
  return sorted.map(({ topic, partition }) => {
    const name = partitionName({ topic, partition })
    const offset = offsets.get(name) ?? null
    const end = ends.get(name) ?? null
    const owner = owners.get(name)
    return {
      topic,
      partition,
      committed: offset,
      end,
      lag: offset === null || end === null ? null : Math.max(end - offset, 0),
      clientId: owner?.clientId ?? null,
      host: owner?.host ?? null,
    }
  })
}

/** The ends of those that can be asked: a group may still have offsets of a topic that was deleted. */
async function knownEnds(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
): Promise<Map<string, number>> {
  const lists = await Promise.all(
    byTopic(partitions).map(async ({ items }) => {
      try {
        return [...(await listOffsets(client, items, END))]
      } catch (error) {
        const isGone =
          error instanceof KafkaError &&
          (error.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION ||
            error.errorCode === errorCodes.LEADER_NOT_AVAILABLE)
        if (!isGone) throw error
        return []
      }
    }),
  )
  return new Map(lists.flat())
}
