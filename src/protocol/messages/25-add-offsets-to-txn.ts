/**
 * AddOffsetsToTxn: adds the offsets of a group to a transaction.
 *
 * - 2: PRODUCER_FENCED may be answered.
 * - 3: flexible.
 * - 4: TRANSACTION_ABORTABLE may be answered (KIP-890).
 */
import { field, int16, int32, int64, message, string } from '../../wire/index.ts'

export const AddOffsetsToTxnRequest = message(
  { name: 'AddOffsetsToTxnRequest', key: 25, versions: [0, 4], flexibleSince: 3 },
  {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    groupId: string,
  },
)

export const AddOffsetsToTxnResponse = message(
  { name: 'AddOffsetsToTxnResponse', key: 25, versions: [0, 4], flexibleSince: 3 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
  },
)
