/**
 * AlterReplicaLogDirs: moves replicas between the log directories of this broker (KIP-113).
 *
 * - 1 is the oldest served. 2: flexible.
 */
import { array, field, int16, int32, message, string } from '../../wire/index.ts'

export const AlterReplicaLogDirsRequest = message(
  { name: 'AlterReplicaLogDirsRequest', key: 34, versions: [1, 2], flexibleSince: 2 },
  {
    dirs: array({
      path: string,
      topics: array({ name: string, partitions: array(int32) }),
    }),
  },
)

export const AlterReplicaLogDirsResponse = message(
  { name: 'AlterReplicaLogDirsResponse', key: 34, versions: [1, 2], flexibleSince: 2 },
  {
    throttleTimeMs: field(int32),
    results: array({
      topicName: string,
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
)
