/**
 * EndQuorumEpoch: a leader of a quorum steps down and says who may follow (KIP-595).
 *
 * - 1: flexible; candidates by id and directory id, and where the leader listens (KIP-853).
 */
import {
  array,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  uint16,
  uuid,
} from '../../wire/index.ts'

export const EndQuorumEpochRequest = message(
  { name: 'EndQuorumEpochRequest', key: 54, versions: [0, 1], flexibleSince: 1 },
  {
    clusterId: field(nullable(string), { default: null }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32,
        preferredSuccessors: field(array(int32), { until: 0 }),
        preferredCandidates: field(array({ candidateId: int32, candidateDirectoryId: uuid }), {
          since: 1,
        }),
      }),
    }),
    leaderEndpoints: field(array({ name: string, host: string, port: uint16 }), { since: 1 }),
  },
)

export const EndQuorumEpochResponse = message(
  { name: 'EndQuorumEpochResponse', key: 54, versions: [0, 1], flexibleSince: 1 },
  {
    errorCode: int16,
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
      }),
    }),
    nodeEndpoints: field(array({ nodeId: int32, host: string, port: uint16 }), {
      since: 1,
      tag: 0,
    }),
  },
)
