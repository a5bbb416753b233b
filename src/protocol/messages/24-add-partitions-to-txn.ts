/**
 * AddPartitionsToTxn: adds partitions to a transaction, or asks whether they are in it.
 *
 * - 2: PRODUCER_FENCED may be answered.
 * - 3: flexible; the last version for clients.
 * - 4: for brokers: several transactions at once, and asking only (KIP-890).
 * - 5: TRANSACTION_ABORTABLE may be answered (KIP-890).
 */
import { array, bool, field, int16, int32, int64, message, string } from '../../wire/index.ts'

const addPartitionsToTxnTopic = { name: string, partitions: array(int32) }

const addPartitionsToTxnPartitionResult = { partitionIndex: int32, partitionErrorCode: int16 }

const addPartitionsToTxnTopicResult = {
  name: string,
  resultsByPartition: array(addPartitionsToTxnPartitionResult),
}

export const AddPartitionsToTxnRequest = message(
  { name: 'AddPartitionsToTxnRequest', key: 24, versions: [0, 5], flexibleSince: 3 },
  {
    transactions: field(
      array({
        transactionalId: string,
        producerId: int64,
        producerEpoch: int16,
        verifyOnly: field(bool),
        topics: array(addPartitionsToTxnTopic),
      }),
      { since: 4 },
    ),
    v3AndBelowTransactionalId: field(string, { until: 3 }),
    v3AndBelowProducerId: field(int64, { until: 3 }),
    v3AndBelowProducerEpoch: field(int16, { until: 3 }),
    v3AndBelowTopics: field(array(addPartitionsToTxnTopic), { until: 3 }),
  },
)

export const AddPartitionsToTxnResponse = message(
  { name: 'AddPartitionsToTxnResponse', key: 24, versions: [0, 5], flexibleSince: 3 },
  {
    throttleTimeMs: field(int32),
    errorCode: field(int16, { since: 4 }),
    resultsByTransaction: field(
      array({
        transactionalId: string,
        topicResults: array(addPartitionsToTxnTopicResult),
      }),
      { since: 4 },
    ),
    resultsByTopicV3AndBelow: field(array(addPartitionsToTxnTopicResult), { until: 3 }),
  },
)
