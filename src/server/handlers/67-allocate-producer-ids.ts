/** AllocateProducerIds (67): a broker gets a block of producer ids (KIP-730). */
import { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

export const allocateProducerIds = defineHandler(
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
  {
    handle: (services: ControllerServices, request) =>
      services.controller.allocateProducerIds(request),
  },
)
