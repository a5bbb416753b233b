/** Offsets of partitions by place and by time. */
import { ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/index.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError } from './errors.ts'
import { askLeaders, byTopic, partitionName } from './partitions.ts'
import type { PartitionAnswer, TopicPartition } from './partitions.ts'

/** Special timestamps of ListOffsets. */
export const END = -1
export const START = -2

/** 0: also what open transactions wrote; 1: only what is committed. */
export const isolationLevels = { read_uncommitted: 0, read_committed: 1 } as const
export type Isolation = keyof typeof isolationLevels

interface OffsetAnswer extends PartitionAnswer {
  readonly offset: number
}

/**
 * The offset of each partition at `timestampMs`, or at {@link START} or {@link END}; -1: no record is that young. The end is the high
 * watermark, with read_committed the last stable offset.
 *
 * @throws KafkaError
 */
export async function listOffsets(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  timestampMs: number,
  isolation: Isolation = 'read_uncommitted',
): Promise<Map<string, number>> {
  const answers = await askLeaders<TopicPartition, OffsetAnswer>(
    client,
    partitions,
    async (node, items) => {
      const { topics } = await node.send(ListOffsetsRequest, ListOffsetsResponse, {
        replicaId: -1,
        isolationLevel: isolationLevels[isolation],
        topics: byTopic(items).map(({ topic, items }) => ({
          name: topic,
          partitions: items.map(({ partition }) => ({
            partitionIndex: partition,
            timestamp: timestampMs,
          })),
        })),
        timeoutMs: client.timeoutMs,
      })
      return topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode, offset }) => ({
          topic: name,
          partition: partitionIndex,
          errorCode,
          offset,
        })),
      )
    },
  )
  for (const answer of answers) {
    checkError(answer.errorCode, `find the offsets of ${partitionName(answer)}`)
  }
  return new Map(answers.map((answer) => [partitionName(answer), answer.offset]))
}
