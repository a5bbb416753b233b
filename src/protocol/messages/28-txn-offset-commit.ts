/**
 * TxnOffsetCommit: stores how far a group has read, as part of a transaction.
 *
 * - 2: leader epoch of the committed offset.
 * - 3: flexible; the member of the group and its generation (KIP-447).
 * - 4: TRANSACTION_ABORTABLE may be answered (KIP-890).
 * - 5: also adds the group to the transaction (KIP-890).
 * - 6: topic ids instead of names; groups of the consumer protocol (KIP-1319).
 */
import {
  array,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uuid,
} from '../../wire/index.ts'

export const TxnOffsetCommitRequest = message(
  { name: 'TxnOffsetCommitRequest', key: 28, versions: [0, 6], flexibleSince: 3 },
  {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationIdOrMemberEpoch: field(int32, { since: 3, default: -1 }),
    memberId: field(string, { since: 3 }),
    groupInstanceId: field(nullable(string), { since: 3, default: null }),
    topics: array({
      name: field(string, { until: 5 }),
      topicId: field(uuid, { since: 6 }),
      partitions: array({
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: field(int32, { since: 2, default: -1 }),
        committedMetadata: nullable(string),
      }),
    }),
  },
)

export const TxnOffsetCommitResponse = message(
  { name: 'TxnOffsetCommitResponse', key: 28, versions: [0, 6], flexibleSince: 3 },
  {
    throttleTimeMs: field(int32),
    topics: array({
      name: field(string, { until: 5 }),
      topicId: field(uuid, { since: 6 }),
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
)
