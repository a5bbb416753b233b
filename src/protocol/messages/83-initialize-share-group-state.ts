/**
 * InitializeShareGroupState: a group coordinator has the state of share partitions created
 * (KIP-932).
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

export const InitializeShareGroupStateRequest = message(
  { name: 'InitializeShareGroupStateRequest', key: 83, versions: [0, 0], flexibleSince: 0 },
  {
    groupId: string,
    topics: array({
      topicId: uuid,
      partitions: array({ partition: int32, stateEpoch: int32, startOffset: int64 }),
    }),
  },
)

export const InitializeShareGroupStateResponse = message(
  { name: 'InitializeShareGroupStateResponse', key: 83, versions: [0, 0], flexibleSince: 0 },
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
