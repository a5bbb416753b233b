/**
 * Vote: a candidate asks for the vote of a quorum's member (KIP-595).
 *
 * - 1: the voter is named by id and directory id (KIP-853).
 * - 2: asking first whether an election could be won (KIP-996).
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
  uint16,
  uuid,
} from '../../wire/index.ts'

export const VoteRequest = message(
  { name: 'VoteRequest', key: 52, versions: [0, 2], flexibleSince: 0 },
  {
    clusterId: field(nullable(string), { default: null }),
    voterId: field(int32, { since: 1, default: -1 }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        replicaEpoch: int32,
        replicaId: int32,
        replicaDirectoryId: field(uuid, { since: 1 }),
        voterDirectoryId: field(uuid, { since: 1 }),
        lastOffsetEpoch: int32,
        lastOffset: int64,
        preVote: field(bool, { since: 2 }),
      }),
    }),
  },
)

export const VoteResponse = message(
  { name: 'VoteResponse', key: 52, versions: [0, 2], flexibleSince: 0 },
  {
    errorCode: int16,
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        voteGranted: bool,
      }),
    }),
    nodeEndpoints: field(array({ nodeId: int32, host: string, port: uint16 }), {
      since: 1,
      tag: 0,
    }),
  },
)
