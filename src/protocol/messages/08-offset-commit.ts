/**
 * OffsetCommit: stores how far a group has read.
 *
 * - 2 is the oldest served: generation and member id, retention time.
 * - 5: the retention time is the broker's alone.
 * - 6: leader epoch of the committed offset (KIP-320).
 * - 7: static members (KIP-345).
 * - 8: flexible.
 * - 9: groups of the consumer protocol, whose member epoch takes the place of the generation;
 *   STALE_MEMBER_EPOCH and GROUP_ID_NOT_FOUND may be answered (KIP-848).
 * - 10: topic ids instead of names (KIP-848).
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

export const OffsetCommitRequest = message(
  { name: 'OffsetCommitRequest', key: 8, versions: [2, 10], flexibleSince: 8 },
  {
    groupId: string,
    generationIdOrMemberEpoch: field(int32, { default: -1 }),
    memberId: string,
    groupInstanceId: field(nullable(string), { since: 7, default: null }),
    retentionTimeMs: field(int64, { until: 4, default: -1 }),
    topics: array({
      name: field(string, { until: 9 }),
      topicId: field(uuid, { since: 10 }),
      partitions: array({
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: field(int32, { since: 6, default: -1 }),
        committedMetadata: nullable(string),
      }),
    }),
  },
)

export const OffsetCommitResponse = message(
  { name: 'OffsetCommitResponse', key: 8, versions: [2, 10], flexibleSince: 8 },
  {
    throttleTimeMs: field(int32, { since: 3 }),
    topics: array({
      name: field(string, { until: 9 }),
      topicId: field(uuid, { since: 10 }),
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
)
