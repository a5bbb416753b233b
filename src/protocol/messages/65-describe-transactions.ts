/**
 * DescribeTransactions: state and partitions of transactions (KIP-664).
 */
import { array, field, int16, int32, int64, message, string } from '../../wire/index.ts'

export const DescribeTransactionsRequest = message(
  { name: 'DescribeTransactionsRequest', key: 65, versions: [0, 0], flexibleSince: 0 },
  {
    transactionalIds: array(string),
  },
)

export const DescribeTransactionsResponse = message(
  { name: 'DescribeTransactionsResponse', key: 65, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    transactionStates: array({
      errorCode: int16,
      transactionalId: string,
      transactionState: string,
      transactionTimeoutMs: int32,
      transactionStartTimeMs: int64,
      producerId: int64,
      producerEpoch: int16,
      topics: array({ topic: string, partitions: array(int32) }),
    }),
  },
)
