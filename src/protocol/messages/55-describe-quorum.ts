/**
 * DescribeQuorum: leader, voters and observers of a quorum, and how far each has fetched.
 *
 * - 1: when each replica last fetched and when it was last caught up (KIP-836).
 * - 2: error messages, directory ids, and where the nodes listen (KIP-853).
 */
import {
  array,
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

const replicaState = {
  replicaId: int32,
  replicaDirectoryId: field(uuid, { since: 2 }),
  logEndOffset: int64,
  lastFetchTimestamp: field(int64, { since: 1, default: -1 }),
  lastCaughtUpTimestamp: field(int64, { since: 1, default: -1 }),
}

export const DescribeQuorumRequest = message(
  { name: 'DescribeQuorumRequest', key: 55, versions: [0, 2], flexibleSince: 0 },
  {
    topics: array({
      topicName: string,
      partitions: array({ partitionIndex: int32 }),
    }),
  },
)

export const DescribeQuorumResponse = message(
  { name: 'DescribeQuorumResponse', key: 55, versions: [0, 2], flexibleSince: 0 },
  {
    errorCode: int16,
    errorMessage: field(nullable(string), { since: 2 }),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: field(nullable(string), { since: 2 }),
        leaderId: int32,
        leaderEpoch: int32,
        highWatermark: int64,
        currentVoters: array(replicaState),
        observers: array(replicaState),
      }),
    }),
    nodes: field(
      array({
        nodeId: int32,
        listeners: array({ name: string, host: string, port: uint16 }),
      }),
      { since: 2 },
    ),
  },
)
