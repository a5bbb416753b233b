import { field, message, nullable, string } from '../../wire/index.ts'

/**
 * The records up to the next end or abort count together or not at all, even across batches (KIP-868,
 * metadata.version 13).
 */
export const BeginTransactionRecord = message(
  { name: 'BeginTransactionRecord', key: 23, versions: [0, 0], flexibleSince: 0 },
  { name: field(nullable(string), { tag: 0, default: null }) },
)
