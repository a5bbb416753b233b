/**
 * AlterPartition: a leader asks the controller to change the ISR (KIP-497).
 *
 * - 2 is the oldest served: topic ids, and new errors for replicas that may not join (KIP-841).
 * - 3: the new ISR comes with broker epochs (KIP-903).
 */
import { array, field, int16, int32, int64, int8, message, uuid } from '../../wire/index.ts'

export const AlterPartitionRequest = message(
  { name: 'AlterPartitionRequest', key: 56, versions: [2, 3], flexibleSince: 0 },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
    topics: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        leaderEpoch: int32,
        newIsr: field(array(int32), { until: 2 }),
        newIsrWithEpochs: field(
          array({ brokerId: int32, brokerEpoch: field(int64, { default: -1 }) }),
          { since: 3 },
        ),
        /** 0: recovered, 1: recovering from an unclean election. */
        leaderRecoveryState: field(int8),
        partitionEpoch: int32,
      }),
    }),
  },
)

export const AlterPartitionResponse = message(
  { name: 'AlterPartitionResponse', key: 56, versions: [2, 3], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    topics: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        isr: array(int32),
        leaderRecoveryState: field(int8),
        partitionEpoch: int32,
      }),
    }),
  },
)
