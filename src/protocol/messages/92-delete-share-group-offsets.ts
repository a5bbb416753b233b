/**
 * DeleteShareGroupOffsets: forgets topics of a share group without members (KIP-932).
 */
import { array, field, int16, int32, message, nullable, string, uuid } from '../../wire/index.ts'

export const DeleteShareGroupOffsetsRequest = message(
  { name: 'DeleteShareGroupOffsetsRequest', key: 92, versions: [0, 0], flexibleSince: 0 },
  {
    groupId: string,
    topics: array({ topicName: string }),
  },
)

export const DeleteShareGroupOffsetsResponse = message(
  { name: 'DeleteShareGroupOffsetsResponse', key: 92, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
    responses: array({
      topicName: string,
      topicId: uuid,
      errorCode: int16,
      errorMessage: field(nullable(string), { default: null }),
    }),
  },
)
