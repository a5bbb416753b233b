/**
 * InitProducerId: gives a producer its id and epoch; a transactional producer also fences its
 * predecessor.
 *
 * - 2: flexible.
 * - 3: a producer may go on with the id and epoch it has (KIP-360).
 * - 4: PRODUCER_FENCED may be answered. 5: TRANSACTION_ABORTABLE may be answered (KIP-890).
 * - 6: two-phase commit (KIP-939); not stable yet, so neither advertised nor accepted.
 */
import { bool, field, int16, int32, int64, message, nullable, string } from '../../wire/index.ts'

export const InitProducerIdRequest = message(
  { name: 'InitProducerIdRequest', key: 22, versions: [0, 6], flexibleSince: 2 },
  {
    /** Null: idempotent only. */
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: field(int64, { since: 3, default: -1 }),
    producerEpoch: field(int16, { since: 3, default: -1 }),
    enable2Pc: field(bool, { since: 6 }),
    keepPreparedTxn: field(bool, { since: 6 }),
  },
)

export const InitProducerIdResponse = message(
  { name: 'InitProducerIdResponse', key: 22, versions: [0, 6], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    producerId: field(int64, { default: -1 }),
    producerEpoch: int16,
    ongoingTxnProducerId: field(int64, { since: 6, default: -1 }),
    ongoingTxnProducerEpoch: field(int16, { since: 6, default: -1 }),
  },
)
