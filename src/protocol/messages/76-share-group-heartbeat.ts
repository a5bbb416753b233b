/**
 * ShareGroupHeartbeat: joins, stays in and leaves a share group (KIP-932). Version 0 was a
 * preview.
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

export const ShareGroupHeartbeatRequest = message(
  { name: 'ShareGroupHeartbeatRequest', key: 76, versions: [1, 1], flexibleSince: 0 },
  {
    groupId: string,
    memberId: string,
    /** 0: joins; -1: leaves. */
    memberEpoch: int32,
    rackId: field(nullable(string), { default: null }),
    subscribedTopicNames: field(nullable(array(string)), { default: null }),
  },
)

export const ShareGroupHeartbeatResponse = message(
  { name: 'ShareGroupHeartbeatResponse', key: 76, versions: [1, 1], flexibleSince: 0 },
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
