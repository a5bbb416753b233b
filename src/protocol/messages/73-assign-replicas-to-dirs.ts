/**
 * AssignReplicasToDirs: a broker tells the controller in which of its log directories replicas
 * lie (KIP-858).
 */
import { array, field, int16, int32, int64, message, uuid } from '../../wire/index.ts'

export const AssignReplicasToDirsRequest = message(
  { name: 'AssignReplicasToDirsRequest', key: 73, versions: [0, 0], flexibleSince: 0 },
  {
    brokerId: int32,
    brokerEpoch: field(int64, { default: -1 }),
    directories: array({
      id: uuid,
      topics: array({ topicId: uuid, partitions: array({ partitionIndex: int32 }) }),
    }),
  },
)

export const AssignReplicasToDirsResponse = message(
  { name: 'AssignReplicasToDirsResponse', key: 73, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    directories: array({
      id: uuid,
      topics: array({
        topicId: uuid,
        partitions: array({ partitionIndex: int32, errorCode: int16 }),
      }),
    }),
  },
)
