/** UpdateRaftVoter (82): a voter moved, or supports other versions (KIP-853). */
import { UpdateRaftVoterRequest, UpdateRaftVoterResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const updateRaftVoter = defineHandler(UpdateRaftVoterRequest, UpdateRaftVoterResponse, {
  handle: (services: NodeServices, request) => services.quorum.updateRaftVoter(request),
})
