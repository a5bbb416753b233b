/**
 * ShareFetch: acquires records for a member of a share group, and acknowledges earlier ones
 * (KIP-932). Version 0 was a preview.
 *
 * - 2: how exactly limits are kept (KIP-1206), and prolonging an acquisition (KIP-1222).
 */
import { INT32_MAX } from '../../base/index.ts'
import {
  array,
  bool,
  field,
  int16,
  int32,
  int64,
  int8,
  message,
  nullable,
  requiredRecords,
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

export const ShareFetchRequest = message(
  { name: 'ShareFetchRequest', key: 78, versions: [1, 2], flexibleSince: 0 },
  {
    groupId: field(nullable(string), { default: null }),
    memberId: nullable(string),
    shareSessionEpoch: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: field(int32, { default: INT32_MAX }),
    maxRecords: int32,
    batchSize: int32,
    shareAcquireMode: field(int8, { since: 2 }),
    isRenewAck: field(bool, { since: 2 }),
    topics: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        acknowledgementBatches: array({
          firstOffset: int64,
          lastOffset: int64,
          acknowledgeTypes: array(int8),
        }),
      }),
    }),
    forgottenTopicsData: array({ topicId: uuid, partitions: array(int32) }),
  },
)

export const ShareFetchResponse = message(
  { name: 'ShareFetchResponse', key: 78, versions: [1, 2], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
    acquisitionLockTimeoutMs: int32,
    responses: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: field(nullable(string), { default: null }),
        acknowledgeErrorCode: int16,
        acknowledgeErrorMessage: field(nullable(string), { default: null }),
        currentLeader: struct({ leaderId: int32, leaderEpoch: int32 }),
        records: requiredRecords,
        acquiredRecords: array({ firstOffset: int64, lastOffset: int64, deliveryCount: int16 }),
      }),
    }),
    nodeEndpoints: array({
      nodeId: int32,
      host: string,
      port: int32,
      rack: field(nullable(string), { default: null }),
    }),
  },
)
