/**
 * RemoveRaftVoter: removes a controller from the voters (KIP-853).
 */
import { field, int16, int32, message, nullable, string, uuid } from '../../wire/index.ts'

export const RemoveRaftVoterRequest = message(
  { name: 'RemoveRaftVoterRequest', key: 81, versions: [0, 0], flexibleSince: 0 },
  {
    clusterId: nullable(string),
    voterId: int32,
    voterDirectoryId: uuid,
  },
)

export const RemoveRaftVoterResponse = message(
  { name: 'RemoveRaftVoterResponse', key: 81, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
  },
)
