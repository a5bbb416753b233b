/** Fetch (1) on a controller's listener: the metadata log, for its followers and observers (KIP-595). */
import { FetchRequest, FetchResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const fetchMetadata = defineHandler(FetchRequest, FetchResponse, {
  handle: (services: NodeServices, request) => services.quorum.fetch(request),
})
