/**
 * DeleteRecords: moves the start of partitions forward, so that the records before it go.
 *
 * - 2: flexible.
 */
import { array, field, int16, int32, int64, message, string } from '../../wire/index.ts'

export const DeleteRecordsRequest = message(
  { name: 'DeleteRecordsRequest', key: 21, versions: [0, 2], flexibleSince: 2 },
  {
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        /** The new start; -1: the high watermark. */
        offset: int64,
      }),
    }),
    timeoutMs: int32,
  },
)

export const DeleteRecordsResponse = message(
  { name: 'DeleteRecordsResponse', key: 21, versions: [0, 2], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        /** The least start of all live replicas. */
        lowWatermark: int64,
        errorCode: int16,
      }),
    }),
  },
)
