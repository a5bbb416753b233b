/**
 * ListTransactions: the transactions that this broker coordinates (KIP-664).
 *
 * - 1: only those that run longer than a given time (KIP-994).
 * - 2: only those whose transactional id matches a regular expression (KIP-1152).
 */
import { array, field, int16, int32, int64, message, nullable, string } from '../../wire/index.ts'

export const ListTransactionsRequest = message(
  { name: 'ListTransactionsRequest', key: 66, versions: [0, 2], flexibleSince: 0 },
  {
    stateFilters: array(string),
    producerIdFilters: array(int64),
    durationFilter: field(int64, { since: 1, default: -1 }),
    transactionalIdPattern: field(nullable(string), { since: 2, default: null }),
  },
)

export const ListTransactionsResponse = message(
  { name: 'ListTransactionsResponse', key: 66, versions: [0, 2], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array({
      transactionalId: string,
      producerId: int64,
      transactionState: string,
    }),
  },
)
