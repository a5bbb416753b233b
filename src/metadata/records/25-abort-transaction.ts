import { field, message, nullable, string } from '../../wire/index.ts'

/** The records since the begin of the transaction never happened. */
export const AbortTransactionRecord = message(
  { name: 'AbortTransactionRecord', key: 25, versions: [0, 0], flexibleSince: 0 },
  { reason: field(nullable(string), { tag: 0, default: null }) },
)
