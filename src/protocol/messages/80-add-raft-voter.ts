/**
 * AddRaftVoter: adds a controller to the voters (KIP-853).
 *
 * - 1: the caller may wait for the commit or not.
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  uint16,
  uuid,
} from '../../wire/index.ts'

export const AddRaftVoterRequest = message(
  { name: 'AddRaftVoterRequest', key: 80, versions: [0, 1], flexibleSince: 0 },
  {
    clusterId: nullable(string),
    timeoutMs: int32,
    voterId: int32,
    voterDirectoryId: uuid,
    listeners: array({ name: string, host: string, port: uint16 }),
    ackWhenCommitted: field(bool, { since: 1, default: true }),
  },
)

export const AddRaftVoterResponse = message(
  { name: 'AddRaftVoterResponse', key: 80, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
  },
)
