/** ElectLeaders (43): gives leadership to preferred replicas, or to any where none in sync is left (KIP-460). */
import { ElectLeadersRequest, ElectLeadersResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const electLeaders = defineHandler(ElectLeadersRequest, ElectLeadersResponse, {
  handle: (services: NodeServices, request, context) =>
    services.controller.electLeaders(request, context),
})
