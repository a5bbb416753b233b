/**
 * DeleteShareGroupState: a group coordinator has the state of share partitions removed (KIP-932).
 */
import { array, field, int16, int32, message, nullable, string, uuid } from '../../wire/index.ts'

export const DeleteShareGroupStateRequest = message(
  { name: 'DeleteShareGroupStateRequest', key: 86, versions: [0, 0], flexibleSince: 0 },
  {
    groupId: string,
    topics: array({ topicId: uuid, partitions: array({ partition: int32 }) }),
  },
)

export const DeleteShareGroupStateResponse = message(
  { name: 'DeleteShareGroupStateResponse', key: 86, versions: [0, 0], flexibleSince: 0 },
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
