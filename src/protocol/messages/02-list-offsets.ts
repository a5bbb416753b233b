/**
 * ListOffsets: the offset of a timestamp, or of a place in the log that a negative timestamp
 * names.
 *
 * - 1 is the oldest served: one offset per partition, with its timestamp.
 * - 2: isolation level.
 * - 4: leader epochs on both sides (KIP-320).
 * - 5: OFFSET_NOT_AVAILABLE may be answered.
 * - 6: flexible.
 * - 7: -3, the record with the greatest timestamp (KIP-734).
 * - 8: -4, the start of what is on local disks (KIP-405).
 * - 9: -5, the last offset in remote storage (KIP-1005).
 * - 10: a timeout, because remote storage may have to be asked (KIP-1075).
 * - 11: -6, the first offset still to be uploaded (KIP-1023).
 */
import { array, field, int16, int32, int64, int8, message, string } from '../../wire/index.ts'

export const ListOffsetsRequest = message(
  { name: 'ListOffsetsRequest', key: 2, versions: [1, 11], flexibleSince: 6 },
  {
    /** -1: a consumer; -2: one for debugging. */
    replicaId: int32,
    /** 0: read uncommitted, 1: read committed. */
    isolationLevel: field(int8, { since: 2 }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        currentLeaderEpoch: field(int32, { since: 4, default: -1 }),
        /** Milliseconds, or -1 the end, -2 the start, -3 and below as listed above. */
        timestamp: int64,
      }),
    }),
    timeoutMs: field(int32, { since: 10 }),
  },
)

export const ListOffsetsResponse = message(
  { name: 'ListOffsetsResponse', key: 2, versions: [1, 11], flexibleSince: 6 },
  {
    throttleTimeMs: field(int32, { since: 2 }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        timestamp: field(int64, { default: -1 }),
        offset: field(int64, { default: -1 }),
        leaderEpoch: field(int32, { since: 4, default: -1 }),
      }),
    }),
  },
)
