/**
 * WriteShareGroupState: a share partition's leader stores its state (KIP-932).
 *
 * - 1: how many records are done (KIP-1226).
 */
import {
  array,
  field,
  int16,
  int32,
  int64,
  int8,
  message,
  nullable,
  string,
  uuid,
} from '../../wire/index.ts'

export const WriteShareGroupStateRequest = message(
  { name: 'WriteShareGroupStateRequest', key: 85, versions: [0, 1], flexibleSince: 0 },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        stateEpoch: int32,
        leaderEpoch: int32,
        startOffset: int64,
        deliveryCompleteCount: field(int32, { since: 1, default: -1 }),
        stateBatches: array({
          firstOffset: int64,
          lastOffset: int64,
          deliveryState: int8,
          deliveryCount: int16,
        }),
      }),
    }),
  },
)

export const WriteShareGroupStateResponse = message(
  { name: 'WriteShareGroupStateResponse', key: 85, versions: [0, 1], flexibleSince: 0 },
  {
    results: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        errorCode: int16,
        errorMessage: field(nullable(string), { default: null }),
      }),
    }),
  },
)
