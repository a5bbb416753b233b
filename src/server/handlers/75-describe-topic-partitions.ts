/**
 * DescribeTopicPartitions (75): topics page by page, with the eligible leader replicas (KIP-966).
 */
import { ZERO_UUID } from '../../base/index.ts'
import type { MetadataImage, TopicImage } from '../../metadata/index.ts'
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
  errorCodes,
} from '../../protocol/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import { TOPIC_OPERATIONS } from '../authorized-operations.ts'
import { defineHandler } from '../handler.ts'
import { isInternalTopic } from '../topic-lookup.ts'

type Request = Decoded<typeof DescribeTopicPartitionsRequest>
type Response = Draft<typeof DescribeTopicPartitionsResponse>
type TopicAnswer = Response['topics'][number]

export const describeTopicPartitions = defineHandler(
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
  {
    handle(broker, request) {
      const image = broker.image()
      const refusal = cursorError(request)
      if (refusal !== 0) return refuse(request, refusal)
      const { describedPartitionsMax } = broker.settings
      let left = Math.min(describedPartitionsMax, Math.max(1, request.responsePartitionLimit))
      const topics: TopicAnswer[] = []
      for (const name of namesOf(image, request)) {
        const from = request.cursor?.topicName === name ? request.cursor.partitionIndex : 0
        if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: from } }
        const topic = image.topics.byName(name)
        if (topic === undefined) {
          topics.push(refusedTopic(name, errorCodes.UNKNOWN_TOPIC_OR_PARTITION))
          continue
        }
        const to = Math.min(topic.partitions.length, from + left)
        topics.push(topicAnswer(image, topic, from, to))
        left -= to - from
        if (to < topic.partitions.length)
          return { topics, nextCursor: { topicName: name, partitionIndex: to } }
      }
      return { topics, nextCursor: null }
    },
  },
)

/** The topics asked for, or all, in order of their names, from the cursor on. */
function namesOf(image: MetadataImage, { topics, cursor }: Request): string[] {
  const all = topics.length > 0 ? topics : [...image.topics]
  const names = [...new Set(all.map(({ name }) => name))].sort()
  return cursor === null ? names : names.filter((name) => name >= cursor.topicName)
}

/** A cursor must lie in one of the topics asked for. */
function cursorError({ topics, cursor }: Request): number {
  if (cursor === null) return 0
  const isAsked = topics.length === 0 || topics.some(({ name }) => name === cursor.topicName)
  return isAsked && cursor.partitionIndex >= 0 ? 0 : errorCodes.INVALID_REQUEST
}

function refuse({ topics }: Request, errorCode: number): Response {
  return { topics: topics.map(({ name }) => refusedTopic(name, errorCode)), nextCursor: null }
}

function refusedTopic(name: string, errorCode: number): TopicAnswer {
  return {
    errorCode,
    name,
    topicId: ZERO_UUID,
    partitions: [],
    topicAuthorizedOperations: TOPIC_OPERATIONS,
  }
}

function topicAnswer(
  image: MetadataImage,
  topic: TopicImage,
  from: number,
  to: number,
): TopicAnswer {
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.slice(from, to).map((partition) => ({
      errorCode: partition.leader >= 0 ? 0 : errorCodes.LEADER_NOT_AVAILABLE,
      partitionIndex: partition.index,
      leaderId: partition.leader,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: [...partition.replicas],
      isrNodes: [...partition.isr],
      eligibleLeaderReplicas: [...partition.elr],
      lastKnownElr: [...partition.lastKnownElr],
      offlineReplicas: partition.replicas.filter((id) => !image.cluster.isAlive(id)),
    })),
    topicAuthorizedOperations: TOPIC_OPERATIONS,
  }
}
