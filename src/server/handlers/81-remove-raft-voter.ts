/** RemoveRaftVoter (81): one voter less (KIP-853). */
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const removeRaftVoter = defineHandler(RemoveRaftVoterRequest, RemoveRaftVoterResponse, {
  handle: (services: NodeServices, request) => services.quorum.removeRaftVoter(request),
})

/** The same on a broker, which passes it on to the leader. */
export const forwardRemoveRaftVoter = defineHandler(
  RemoveRaftVoterRequest,
  RemoveRaftVoterResponse,
  {
    handle: (broker, request, context) => broker.voters.removeRaftVoter(request, context),
  },
)
