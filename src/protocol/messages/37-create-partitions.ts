/**
 * CreatePartitions: adds partitions to topics.
 *
 * - 2: flexible.
 * - 3: THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599).
 */
import { array, bool, field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const CreatePartitionsRequest = message(
  { name: 'CreatePartitionsRequest', key: 37, versions: [0, 3], flexibleSince: 2 },
  {
    topics: array({
      name: string,
      /** The new total. */
      count: int32,
      /** Null: the controller chooses. */
      assignments: nullable(array({ brokerIds: array(int32) })),
    }),
    timeoutMs: int32,
    validateOnly: bool,
  },
)

export const CreatePartitionsResponse = message(
  { name: 'CreatePartitionsResponse', key: 37, versions: [0, 3], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    results: array({
      name: string,
      errorCode: int16,
      errorMessage: field(nullable(string), { default: null }),
    }),
  },
)
