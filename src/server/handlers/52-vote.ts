/** Vote (52): a candidate asks this voter (KIP-595, KIP-996). */
import { VoteRequest, VoteResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const vote = defineHandler(VoteRequest, VoteResponse, {
  handle: (services: NodeServices, request) => services.quorum.vote(request),
})
