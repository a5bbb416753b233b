/**
 * ShareAcknowledge: acknowledges records of a share group (KIP-932). Version 0 was a preview.
 *
 * - 2: prolonging an acquisition (KIP-1222).
 */
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
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

export const ShareAcknowledgeRequest = message(
  { name: 'ShareAcknowledgeRequest', key: 79, versions: [1, 2], flexibleSince: 0 },
  {
    groupId: field(nullable(string), { default: null }),
    memberId: nullable(string),
    shareSessionEpoch: int32,
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
  },
)

export const ShareAcknowledgeResponse = message(
  { name: 'ShareAcknowledgeResponse', key: 79, versions: [1, 2], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
    acquisitionLockTimeoutMs: field(int32, { since: 2 }),
    responses: array({
      topicId: uuid,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: field(nullable(string), { default: null }),
        currentLeader: struct({ leaderId: int32, leaderEpoch: int32 }),
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
