/**
 * ListPartitionReassignments: moves of partitions under way (KIP-455).
 */
import { array, field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const ListPartitionReassignmentsRequest = message(
  { name: 'ListPartitionReassignmentsRequest', key: 46, versions: [0, 0], flexibleSince: 0 },
  {
    timeoutMs: field(int32, { default: 60000 }),
    /** Null: all. */
    topics: field(nullable(array({ name: string, partitionIndexes: array(int32) })), {
      default: null,
    }),
  },
)

export const ListPartitionReassignmentsResponse = message(
  { name: 'ListPartitionReassignmentsResponse', key: 46, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        replicas: array(int32),
        addingReplicas: array(int32),
        removingReplicas: array(int32),
      }),
    }),
  },
)
