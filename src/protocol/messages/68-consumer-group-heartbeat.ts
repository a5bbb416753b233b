/**
 * ConsumerGroupHeartbeat: joins, stays in and leaves a group of the consumer protocol; the
 * assignment comes with the answers (KIP-848).
 *
 * - 1: subscription by regular expression; members choose their own ids (KIP-1082).
 */
import {
  array,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

const topicPartitions = { topicId: uuid, partitions: array(int32) }

export const ConsumerGroupHeartbeatRequest = message(
  { name: 'ConsumerGroupHeartbeatRequest', key: 68, versions: [0, 1], flexibleSince: 0 },
  {
    groupId: string,
    memberId: string,
    /** 0: joins; -1: leaves; -2: leaves as a static member for a while. */
    memberEpoch: int32,
    instanceId: field(nullable(string), { default: null }),
    rackId: field(nullable(string), { default: null }),
    rebalanceTimeoutMs: field(int32, { default: -1 }),
    subscribedTopicNames: field(nullable(array(string)), { default: null }),
    subscribedTopicRegex: field(nullable(string), { since: 1, default: null }),
    serverAssignor: field(nullable(string), { default: null }),
    topicPartitions: field(nullable(array({ topicId: uuid, partitions: array(int32) })), {
      default: null,
    }),
  },
)

export const ConsumerGroupHeartbeatResponse = message(
  { name: 'ConsumerGroupHeartbeatResponse', key: 68, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
    memberId: field(nullable(string), { default: null }),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: field(nullable(struct({ topicPartitions: array(topicPartitions) })), {
      default: null,
    }),
  },
)
