/**
 * Fetch: reads batches of partitions; consumers, followers and observers of the metadata log all
 * use it.
 *
 * - 4 is the oldest served: batches of format 2, isolation level, aborted transactions.
 * - 5: log start offset on both sides.
 * - 7: incremental fetch sessions (KIP-227).
 * - 9: the leader epoch the sender believes in (KIP-320).
 * - 10: zstd may be in the answer.
 * - 11: fetching from the nearest replica by rack (KIP-392).
 * - 12: flexible; divergence is found by the epoch of the last fetched batch; the leader and a
 *   snapshot to load may be in the answer (KIP-595).
 * - 13: topic ids instead of names (KIP-516).
 * - 14: OFFSET_MOVED_TO_TIERED_STORAGE may be answered (KIP-405).
 * - 15: a follower names its broker epoch (KIP-903).
 * - 16: where the leader listens (KIP-951).
 * - 17: directory id of the sender (KIP-853).
 * - 18: high watermark that the sender knows (KIP-1166).
 */
import { INT32_MAX, INT64_MAX } from '../../base/index.ts'
import {
  array,
  field,
  int16,
  int32,
  int64,
  int8,
  message,
  nullable,
  records,
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

export const FetchRequest = message(
  { name: 'FetchRequest', key: 1, versions: [4, 18], flexibleSince: 12 },
  {
    clusterId: field(nullable(string), { since: 12, tag: 0, default: null }),
    /** -1: a consumer. */
    replicaId: field(int32, { until: 14, default: -1 }),
    replicaState: field(
      struct({
        replicaId: field(int32, { default: -1 }),
        replicaEpoch: field(int64, { default: -1 }),
      }),
      { since: 15, tag: 1 },
    ),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: field(int32, { default: INT32_MAX }),
    /** 0: read uncommitted, 1: read committed. */
    isolationLevel: field(int8),
    /** 0: no session, or a new one. */
    sessionId: field(int32, { since: 7 }),
    /** -1: the last fetch of a session, or none is wanted; 0: the first one. */
    sessionEpoch: field(int32, { since: 7, default: -1 }),
    topics: array({
      topic: field(string, { until: 12 }),
      topicId: field(uuid, { since: 13 }),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: field(int32, { since: 9, default: -1 }),
        fetchOffset: int64,
        lastFetchedEpoch: field(int32, { since: 12, default: -1 }),
        /** Of the follower that sends; -1 from consumers. */
        logStartOffset: field(int64, { since: 5, default: -1 }),
        partitionMaxBytes: int32,
        replicaDirectoryId: field(uuid, { since: 17, tag: 0 }),
        highWatermark: field(int64, { since: 18, tag: 1, default: INT64_MAX }),
      }),
    }),
    /** Partitions that leave the session. */
    forgottenTopicsData: field(
      array({
        topic: field(string, { until: 12 }),
        topicId: field(uuid, { since: 13 }),
        partitions: array(int32),
      }),
      { since: 7 },
    ),
    rackId: field(string, { since: 11 }),
  },
)

export const FetchResponse = message(
  { name: 'FetchResponse', key: 1, versions: [4, 18], flexibleSince: 12 },
  {
    throttleTimeMs: field(int32),
    errorCode: field(int16, { since: 7 }),
    sessionId: field(int32, { since: 7 }),
    responses: array({
      topic: field(string, { until: 12 }),
      topicId: field(uuid, { since: 13 }),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: field(int64, { default: -1 }),
        logStartOffset: field(int64, { since: 5, default: -1 }),
        /** Set when the log of the sender left the leader's: truncate to here. */
        divergingEpoch: field(
          struct({
            epoch: field(int32, { default: -1 }),
            endOffset: field(int64, { default: -1 }),
          }),
          { since: 12, tag: 0 },
        ),
        currentLeader: field(
          struct({
            leaderId: field(int32, { default: -1 }),
            leaderEpoch: field(int32, { default: -1 }),
          }),
          { since: 12, tag: 1 },
        ),
        /** Set when the offset is gone: fetch this snapshot first. */
        snapshotId: field(
          struct({
            endOffset: field(int64, { default: -1 }),
            epoch: field(int32, { default: -1 }),
          }),
          { since: 12, tag: 2 },
        ),
        /** Null for read uncommitted. */
        abortedTransactions: nullable(array({ producerId: int64, firstOffset: int64 })),
        /** The consumer shall go on there; -1: here. */
        preferredReadReplica: field(int32, { since: 11, default: -1 }),
        /** Whole batches; empty, not null, when there is nothing. */
        records,
      }),
    }),
    nodeEndpoints: field(
      array({
        nodeId: int32,
        host: string,
        port: int32,
        rack: field(nullable(string), { default: null }),
      }),
      { since: 16, tag: 0 },
    ),
  },
)
