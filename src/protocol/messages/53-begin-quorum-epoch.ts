/**
 * BeginQuorumEpoch: a new leader of a quorum tells its members (KIP-595).
 *
 * - 1: flexible; voter directory id, and where the leader listens (KIP-853).
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

export const BeginQuorumEpochRequest = message(
  { name: 'BeginQuorumEpochRequest', key: 53, versions: [0, 1], flexibleSince: 1 },
  {
    clusterId: field(nullable(string), { default: null }),
    voterId: field(int32, { since: 1, default: -1 }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        voterDirectoryId: field(uuid, { since: 1 }),
        leaderId: int32,
        leaderEpoch: int32,
      }),
    }),
    leaderEndpoints: field(array({ name: string, host: string, port: uint16 }), { since: 1 }),
  },
)

export const BeginQuorumEpochResponse = message(
  { name: 'BeginQuorumEpochResponse', key: 53, versions: [0, 1], flexibleSince: 1 },
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
