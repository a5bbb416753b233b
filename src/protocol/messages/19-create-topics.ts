/**
 * CreateTopics: creates topics, or only checks whether they could be.
 *
 * - 2 is the oldest served.
 * - 4: -1 means the broker's default for partitions and replication factor (KIP-464).
 * - 5: flexible; the response shows partitions, replication factor and configs of the new topic
 *   (KIP-525).
 * - 6: THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599).
 * - 7: topic id in the response.
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int8,
  message,
  nullable,
  string,
  uuid,
} from '../../wire/index.ts'

export const CreateTopicsRequest = message(
  { name: 'CreateTopicsRequest', key: 19, versions: [2, 7], flexibleSince: 5 },
  {
    topics: array({
      name: string,
      numPartitions: int32,
      replicationFactor: int16,
      /** By hand; then partitions and replication factor are -1. */
      assignments: array({ partitionIndex: int32, brokerIds: array(int32) }),
      configs: array({ name: string, value: nullable(string) }),
    }),
    timeoutMs: field(int32, { default: 60000 }),
    validateOnly: field(bool),
  },
)

export const CreateTopicsResponse = message(
  { name: 'CreateTopicsResponse', key: 19, versions: [2, 7], flexibleSince: 5 },
  {
    throttleTimeMs: field(int32),
    topics: array({
      name: string,
      topicId: field(uuid, { since: 7 }),
      errorCode: int16,
      errorMessage: nullable(string),
      /** Why the configs are not shown. */
      topicConfigErrorCode: field(int16, { since: 5, tag: 0 }),
      numPartitions: field(int32, { since: 5, default: -1 }),
      replicationFactor: field(int16, { since: 5, default: -1 }),
      /** Null when the caller may not see them. */
      configs: field(
        nullable(
          array({
            name: string,
            value: nullable(string),
            readOnly: bool,
            configSource: field(int8, { default: -1 }),
            isSensitive: bool,
          }),
        ),
        { since: 5 },
      ),
    }),
  },
)
