/** UpdateFeatures (57): raises and lowers finalized levels of features (KIP-584). */
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const updateFeatures = defineHandler(UpdateFeaturesRequest, UpdateFeaturesResponse, {
  handle: (services: NodeServices, request, context) =>
    services.controller.updateFeatures(request, context),
})
