/**
 * OffsetFetch: how far a group has read.
 *
 * - 1 is the oldest served. 2: null asks for all topics; an error for the whole response.
 * - 5: leader epoch of the committed offset.
 * - 6: flexible.
 * - 7: a reader may insist on offsets that no open transaction can still change (KIP-447).
 * - 8: several groups at once, each with its own error.
 * - 9: members of the consumer protocol name themselves (KIP-848).
 * - 10: topic ids instead of names (KIP-848).
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  uuid,
} from '../../wire/index.ts'

export const OffsetFetchRequest = message(
  { name: 'OffsetFetchRequest', key: 9, versions: [1, 10], flexibleSince: 6 },
  {
    groupId: field(string, { until: 7 }),
    /** Null: all topics. */
    topics: field(nullable(array({ name: string, partitionIndexes: array(int32) }), 2), {
      until: 7,
    }),
    groups: field(
      array({
        groupId: string,
        memberId: field(nullable(string), { since: 9, default: null }),
        memberEpoch: field(int32, { since: 9, default: -1 }),
        /** Null: all topics. */
        topics: nullable(
          array({
            name: field(string, { until: 9 }),
            topicId: field(uuid, { since: 10 }),
            partitionIndexes: array(int32),
          }),
        ),
      }),
      { since: 8 },
    ),
    requireStable: field(bool, { since: 7 }),
  },
)

export const OffsetFetchResponse = message(
  { name: 'OffsetFetchResponse', key: 9, versions: [1, 10], flexibleSince: 6 },
  {
    throttleTimeMs: field(int32, { since: 3 }),
    topics: field(
      array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          /** -1: nothing committed. */
          committedOffset: int64,
          committedLeaderEpoch: field(int32, { since: 5, default: -1 }),
          metadata: nullable(string),
          errorCode: int16,
        }),
      }),
      { until: 7 },
    ),
    errorCode: field(int16, { since: 2, until: 7 }),
    groups: field(
      array({
        groupId: string,
        topics: array({
          name: field(string, { until: 9 }),
          topicId: field(uuid, { since: 10 }),
          partitions: array({
            partitionIndex: int32,
            /** -1: nothing committed. */
            committedOffset: int64,
            committedLeaderEpoch: field(int32, { default: -1 }),
            metadata: nullable(string),
            errorCode: int16,
          }),
        }),
        errorCode: field(int16),
      }),
      { since: 8 },
    ),
  },
)
