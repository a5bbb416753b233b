/**
 * ReadShareGroupState: a share partition's leader reads its state (KIP-932).
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

export const ReadShareGroupStateRequest = message(
  { name: 'ReadShareGroupStateRequest', key: 84, versions: [0, 0], flexibleSince: 0 },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({ partition: int32, leaderEpoch: int32 }),
    }),
  },
)

export const ReadShareGroupStateResponse = message(
  { name: 'ReadShareGroupStateResponse', key: 84, versions: [0, 0], flexibleSince: 0 },
  {
    results: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        errorCode: int16,
        errorMessage: field(nullable(string), { default: null }),
        stateEpoch: int32,
        startOffset: int64,
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
