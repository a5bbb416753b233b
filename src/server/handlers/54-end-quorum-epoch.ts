/** EndQuorumEpoch (54): the leader of the metadata quorum steps down (KIP-595). */
import { EndQuorumEpochRequest, EndQuorumEpochResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const endQuorumEpoch = defineHandler(EndQuorumEpochRequest, EndQuorumEpochResponse, {
  handle: (services: NodeServices, request) => services.quorum.endQuorumEpoch(request),
})
