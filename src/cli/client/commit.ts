/** Storing how far a group has read. */
import { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import { byTopic } from './partitions.ts'
import type { TopicPartition } from './partitions.ts'

/** Names instead of topic ids. */
const VERSION_MAX = 9

export interface Commit extends TopicPartition {
  readonly offset: number
}

/** Who commits: a member in its generation, or somebody from outside while the group is empty. */
export interface Committer {
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
}

export function outsider(groupId: string): Committer {
  return { groupId, memberId: '', generationId: -1 }
}

export interface CommitResult extends TopicPartition {
  readonly errorCode: number
}

export async function commitOffsets(
  node: NodeConnection,
  { groupId, memberId, generationId }: Committer,
  commits: readonly Commit[],
): Promise<CommitResult[]> {
  const { topics } = await node.send(
    OffsetCommitRequest,
    OffsetCommitResponse,
    {
      groupId,
      memberId,
      generationIdOrMemberEpoch: generationId,
      topics: byTopic(commits).map(({ topic, items }) => ({
        name: topic,
        partitions: items.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: null,
        })),
      })),
    },
    { versionMax: VERSION_MAX },
  )
  return topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => ({
      topic: name,
      partition: partitionIndex,
      errorCode,
    })),
  )
}
