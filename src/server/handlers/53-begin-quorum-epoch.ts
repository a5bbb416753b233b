/** BeginQuorumEpoch (53): a new leader of the metadata quorum (KIP-595). */
import { BeginQuorumEpochRequest, BeginQuorumEpochResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const beginQuorumEpoch = defineHandler(BeginQuorumEpochRequest, BeginQuorumEpochResponse, {
  handle: (services: NodeServices, request) => services.quorum.beginQuorumEpoch(request),
})
