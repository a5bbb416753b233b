/** Moving replicas to other brokers (KIP-455). */
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/index.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError } from './errors.ts'
import { byTopic, comparePartitions } from './partitions.ts'
import type { PartitionAnswer, TopicPartition } from './partitions.ts'

/** A move under way. */
export interface Reassignment extends TopicPartition {
  /** All that there are now, those that come and those that go included. */
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/** All that are under way, in order. Throws KafkaError. */
export async function listReassignments(client: ClusterClient): Promise<Reassignment[]> {
  const answer = await client.send(
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    { timeoutMs: client.timeoutMs, topics: null },
  )
  checkError(answer.errorCode, 'list reassignments', answer.errorMessage)
  return answer.topics
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
        topic: name,
        partition: partitionIndex,
        replicas,
        adding: addingReplicas,
        removing: removingReplicas,
      })),
    )
    .sort(comparePartitions)
}

interface Change extends TopicPartition {
  /** Null: give up the move that is under way. */
  readonly replicas: readonly number[] | null
}

export interface ReassignmentAnswer extends PartitionAnswer {
  readonly errorMessage: string | null
}

/** Begins moves, or gives them up; what became of each, in order. Throws KafkaError when none could be considered. */
export async function alterReassignments(
  client: ClusterClient,
  changes: readonly Change[],
): Promise<ReassignmentAnswer[]> {
  const node = await client.controller()
  const answer = await node.send(
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    {
      timeoutMs: client.timeoutMs,
      topics: byTopic(changes).map(({ topic, items }) => ({
        name: topic,
        partitions: items.map(({ partition, replicas }) => ({
          partitionIndex: partition,
          replicas: replicas === null ? null : [...replicas],
        })),
      })),
    },
  )
  checkError(answer.errorCode, 'reassign partitions', answer.errorMessage)
  return answer.responses
    .flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, errorMessage }) => ({
        topic: name,
        partition: partitionIndex,
        errorCode,
        errorMessage,
      })),
    )
    .sort(comparePartitions)
}
