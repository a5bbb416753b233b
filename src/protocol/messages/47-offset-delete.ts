/**
 * OffsetDelete: forgets how far a group has read in partitions it is not subscribed to (KIP-496).
 * Never flexible.
 */
import { array, field, int16, int32, message, string } from '../../wire/index.ts'

export const OffsetDeleteRequest = message(
  { name: 'OffsetDeleteRequest', key: 47, versions: [0, 0] },
  {
    groupId: string,
    topics: array({ name: string, partitions: array({ partitionIndex: int32 }) }),
  },
)

export const OffsetDeleteResponse = message(
  { name: 'OffsetDeleteResponse', key: 47, versions: [0, 0] },
  {
    errorCode: int16,
    throttleTimeMs: field(int32),
    topics: array({
      name: string,
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
)
