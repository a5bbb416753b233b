/**
 * AlterPartitionReassignments: begins and cancels moves of partitions (KIP-455).
 *
 * - 1: the replication factor may be held fixed.
 */
import { array, bool, field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const AlterPartitionReassignmentsRequest = message(
  { name: 'AlterPartitionReassignmentsRequest', key: 45, versions: [0, 1], flexibleSince: 0 },
  {
    timeoutMs: field(int32, { default: 60000 }),
    allowReplicationFactorChange: field(bool, { since: 1, default: true }),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        /** Null: cancel. */
        replicas: field(nullable(array(int32)), { default: null }),
      }),
    }),
  },
)

export const AlterPartitionReassignmentsResponse = message(
  { name: 'AlterPartitionReassignmentsResponse', key: 45, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    allowReplicationFactorChange: field(bool, { since: 1, default: true }),
    errorCode: int16,
    errorMessage: nullable(string),
    responses: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    }),
  },
)
