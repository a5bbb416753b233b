/**
 * DescribeTopicPartitions: partitions of topics, page by page, with the replicas that could still
 * become leaders (KIP-966).
 */
import { INT32_MIN } from '../../base/index.ts'
import {
  array,
  bool,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

export const DescribeTopicPartitionsRequest = message(
  { name: 'DescribeTopicPartitionsRequest', key: 75, versions: [0, 0], flexibleSince: 0 },
  {
    topics: array({ name: string }),
    responsePartitionLimit: field(int32, { default: 2000 }),
    /** Where the last page ended; null: the first page. */
    cursor: field(nullable(struct({ topicName: string, partitionIndex: int32 })), {
      default: null,
    }),
  },
)

export const DescribeTopicPartitionsResponse = message(
  { name: 'DescribeTopicPartitionsResponse', key: 75, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    topics: array({
      errorCode: int16,
      name: nullable(string),
      topicId: uuid,
      isInternal: field(bool),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: field(int32, { default: -1 }),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        eligibleLeaderReplicas: field(nullable(array(int32)), { default: null }),
        lastKnownElr: field(nullable(array(int32)), { default: null }),
        offlineReplicas: array(int32),
      }),
      topicAuthorizedOperations: field(int32, { default: INT32_MIN }),
    }),
    nextCursor: field(nullable(struct({ topicName: string, partitionIndex: int32 })), {
      default: null,
    }),
  },
)
