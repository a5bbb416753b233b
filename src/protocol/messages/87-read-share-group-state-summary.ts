/**
 * ReadShareGroupStateSummary: where share partitions stand, without their batches (KIP-932).
 *
 * - 1: how many records are done (KIP-1226).
 */
import {
  array,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uuid,
} from '../../wire/index.ts'

export const ReadShareGroupStateSummaryRequest = message(
  { name: 'ReadShareGroupStateSummaryRequest', key: 87, versions: [0, 1], flexibleSince: 0 },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({ partition: int32, leaderEpoch: int32 }),
    }),
  },
)

export const ReadShareGroupStateSummaryResponse = message(
  { name: 'ReadShareGroupStateSummaryResponse', key: 87, versions: [0, 1], flexibleSince: 0 },
  {
    results: array({
      topicId: uuid,
      partitions: array({
        partition: int32,
        errorCode: int16,
        errorMessage: field(nullable(string), { default: null }),
        stateEpoch: int32,
        leaderEpoch: int32,
        startOffset: int64,
        deliveryCompleteCount: field(int32, { since: 1, default: -1 }),
      }),
    }),
  },
)
