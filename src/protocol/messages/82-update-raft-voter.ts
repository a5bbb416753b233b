/**
 * UpdateRaftVoter: a voter tells the leader where it listens and what it supports (KIP-853).
 */
import {
  array,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  struct,
  uint16,
  uuid,
} from '../../wire/index.ts'

export const UpdateRaftVoterRequest = message(
  { name: 'UpdateRaftVoterRequest', key: 82, versions: [0, 0], flexibleSince: 0 },
  {
    clusterId: nullable(string),
    currentLeaderEpoch: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: array({ name: string, host: string, port: uint16 }),
    kRaftVersionFeature: struct({ minSupportedVersion: int16, maxSupportedVersion: int16 }),
  },
)

export const UpdateRaftVoterResponse = message(
  { name: 'UpdateRaftVoterResponse', key: 82, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    currentLeader: field(
      struct({
        leaderId: field(int32, { default: -1 }),
        leaderEpoch: field(int32, { default: -1 }),
        host: string,
        port: int32,
      }),
      { tag: 0 },
    ),
  },
)
