import { message } from '../../wire/index.ts'

/** The records since the begin of the transaction count. */
export const EndTransactionRecord = message(
  { name: 'EndTransactionRecord', key: 24, versions: [0, 0], flexibleSince: 0 },
  {},
)
