/**
 * DescribeShareGroupOffsets: from where share groups go on (KIP-932).
 *
 * - 1: lag (KIP-1226).
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

export const DescribeShareGroupOffsetsRequest = message(
  { name: 'DescribeShareGroupOffsetsRequest', key: 90, versions: [0, 1], flexibleSince: 0 },
  {
    groups: array({
      groupId: string,
      topics: nullable(array({ topicName: string, partitions: array(int32) })),
    }),
  },
)

export const DescribeShareGroupOffsetsResponse = message(
  { name: 'DescribeShareGroupOffsetsResponse', key: 90, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    groups: array({
      groupId: string,
      topics: array({
        topicName: string,
        topicId: uuid,
        partitions: array({
          partitionIndex: int32,
          startOffset: int64,
          leaderEpoch: int32,
          lag: field(int64, { since: 1, default: -1 }),
          errorCode: int16,
          errorMessage: field(nullable(string), { default: null }),
        }),
      }),
      errorCode: int16,
      errorMessage: field(nullable(string), { default: null }),
    }),
  },
)
