/**
 * OffsetForLeaderEpoch: where an epoch ends, by which consumers and followers find out whether
 * their log diverges (KIP-279, KIP-320).
 *
 * - 2 is the oldest served.
 * - 3: replica id.
 * - 4: flexible.
 */
import { array, field, int16, int32, int64, message, string } from '../../wire/index.ts'

export const OffsetForLeaderEpochRequest = message(
  { name: 'OffsetForLeaderEpochRequest', key: 23, versions: [2, 4], flexibleSince: 4 },
  {
    replicaId: field(int32, { since: 3, default: -2 }),
    topics: array({
      topic: string,
      partitions: array({
        partition: int32,
        currentLeaderEpoch: field(int32, { default: -1 }),
        leaderEpoch: int32,
      }),
    }),
  },
)

export const OffsetForLeaderEpochResponse = message(
  { name: 'OffsetForLeaderEpochResponse', key: 23, versions: [2, 4], flexibleSince: 4 },
  {
    throttleTimeMs: field(int32),
    topics: array({
      topic: string,
      partitions: array({
        errorCode: int16,
        partition: int32,
        leaderEpoch: field(int32, { default: -1 }),
        endOffset: field(int64, { default: -1 }),
      }),
    }),
  },
)
