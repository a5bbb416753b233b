/**
 * Produce: appends record batches to partitions that this broker leads, at most one batch per
 * partition.
 *
 * - 3 is the oldest served: transactional id, batches of format 2 only. 0 to 2 are advertised,
 *   see apis.ts.
 * - 5: log start offset in the response.
 * - 7: zstd is allowed.
 * - 8: which records were refused, and why.
 * - 9: flexible.
 * - 10: on NOT_LEADER_OR_FOLLOWER the response names the leader and where it listens (KIP-951).
 * - 11: TRANSACTION_ABORTABLE may be answered (KIP-890).
 * - 12: in a transaction, producing also adds the partition to it (KIP-890).
 * - 13: topic ids instead of names (KIP-516).
 */
import {
  array,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  records,
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

export const ProduceRequest = message(
  { name: 'ProduceRequest', key: 0, versions: [3, 13], flexibleSince: 9 },
  {
    transactionalId: field(nullable(string), { default: null }),
    /** -1: all in-sync replicas; 0: no answer at all; 1: the leader alone. */
    acks: int16,
    timeoutMs: int32,
    topicData: array({
      name: field(string, { until: 12 }),
      topicId: field(uuid, { since: 13 }),
      partitionData: array({
        index: int32,
        /** One batch; null from clients whose batch failed before it was sent. */
        records,
      }),
    }),
  },
)

export const ProduceResponse = message(
  { name: 'ProduceResponse', key: 0, versions: [3, 13], flexibleSince: 9 },
  {
    responses: array({
      name: field(string, { until: 12 }),
      topicId: field(uuid, { since: 13 }),
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        /** Offset of the first record of the batch. */
        baseOffset: int64,
        /** -1 unless the topic uses LogAppendTime. */
        logAppendTimeMs: field(int64, { default: -1 }),
        logStartOffset: field(int64, { since: 5, default: -1 }),
        recordErrors: field(
          array({
            /** Index of the record in its batch. */
            batchIndex: int32,
            batchIndexErrorMessage: field(nullable(string), { default: null }),
          }),
          { since: 8 },
        ),
        errorMessage: field(nullable(string), { since: 8, default: null }),
        currentLeader: field(
          struct({
            leaderId: field(int32, { default: -1 }),
            leaderEpoch: field(int32, { default: -1 }),
          }),
          { since: 10, tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: field(int32),
    nodeEndpoints: field(
      array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: field(nullable(string), { default: null }),
      }),
      { since: 10, tag: 0 },
    ),
  },
)
