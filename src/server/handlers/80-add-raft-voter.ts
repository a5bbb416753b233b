/** AddRaftVoter (80): one more voter of the metadata quorum (KIP-853). */
import { AddRaftVoterRequest, AddRaftVoterResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const addRaftVoter = defineHandler(AddRaftVoterRequest, AddRaftVoterResponse, {
  handle: (services: NodeServices, request) => services.quorum.addRaftVoter(request),
})

/** The same on a broker, which passes it on to the leader. */
export const forwardAddRaftVoter = defineHandler(AddRaftVoterRequest, AddRaftVoterResponse, {
  handle: (broker, request, context) => broker.voters.addRaftVoter(request, context),
})
