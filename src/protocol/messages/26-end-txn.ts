/**
 * EndTxn: commits or aborts a transaction.
 *
 * - 2: PRODUCER_FENCED may be answered.
 * - 3: flexible.
 * - 4: TRANSACTION_ABORTABLE may be answered (KIP-890).
 * - 5: every transaction raises the producer epoch, and the response tells it (KIP-890).
 */
import { bool, field, int16, int32, int64, message, string } from '../../wire/index.ts'

export const EndTxnRequest = message(
  { name: 'EndTxnRequest', key: 26, versions: [0, 5], flexibleSince: 3 },
  {
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    committed: bool,
  },
)

export const EndTxnResponse = message(
  { name: 'EndTxnResponse', key: 26, versions: [0, 5], flexibleSince: 3 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    producerId: field(int64, { since: 5, default: -1 }),
    producerEpoch: field(int16, { since: 5, default: -1 }),
  },
)
