/**
 * WriteTxnMarkers: the transaction coordinator has commit and abort markers written to the
 * partitions of transactions.
 *
 * - 1 is the oldest served; flexible.
 * - 2: version of the transaction protocol (KIP-1228).
 */
import { array, bool, field, int16, int32, int64, int8, message, string } from '../../wire/index.ts'

export const WriteTxnMarkersRequest = message(
  { name: 'WriteTxnMarkersRequest', key: 27, versions: [1, 2], flexibleSince: 1 },
  {
    markers: array({
      producerId: int64,
      producerEpoch: int16,
      transactionResult: bool,
      topics: array({ name: string, partitionIndexes: array(int32) }),
      coordinatorEpoch: int32,
      transactionVersion: field(int8, { since: 2 }),
    }),
  },
)

export const WriteTxnMarkersResponse = message(
  { name: 'WriteTxnMarkersResponse', key: 27, versions: [1, 2], flexibleSince: 1 },
  {
    markers: array({
      producerId: int64,
      topics: array({
        name: string,
        partitions: array({ partitionIndex: int32, errorCode: int16 }),
      }),
    }),
  },
)
