/**
 * DeleteTopics: deletes topics.
 *
 * - 1 is the oldest served. 3: TOPIC_DELETION_DISABLED may be answered.
 * - 4: flexible.
 * - 5: error messages; THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599).
 * - 6: each topic by name or by id.
 */
import { array, field, int16, int32, message, nullable, string, uuid } from '../../wire/index.ts'

export const DeleteTopicsRequest = message(
  { name: 'DeleteTopicsRequest', key: 20, versions: [1, 6], flexibleSince: 4 },
  {
    topics: field(
      array({
        name: field(nullable(string), { default: null }),
        topicId: uuid,
      }),
      { since: 6 },
    ),
    topicNames: field(array(string), { until: 5 }),
    timeoutMs: int32,
  },
)

export const DeleteTopicsResponse = message(
  { name: 'DeleteTopicsResponse', key: 20, versions: [1, 6], flexibleSince: 4 },
  {
    throttleTimeMs: field(int32),
    responses: array({
      name: nullable(string, 6),
      topicId: field(uuid, { since: 6 }),
      errorCode: int16,
      errorMessage: field(nullable(string), { since: 5, default: null }),
    }),
  },
)
