/**
 * AlterShareGroupOffsets: sets from where a share group without members goes on (KIP-932).
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

export const AlterShareGroupOffsetsRequest = message(
  { name: 'AlterShareGroupOffsetsRequest', key: 91, versions: [0, 0], flexibleSince: 0 },
  {
    groupId: string,
    topics: array({
      topicName: string,
      partitions: array({ partitionIndex: int32, startOffset: int64 }),
    }),
  },
)

export const AlterShareGroupOffsetsResponse = message(
  { name: 'AlterShareGroupOffsetsResponse', key: 91, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
    responses: array({
      topicName: string,
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: field(nullable(string), { default: null }),
      }),
    }),
  },
)
