/** CreateTopics (19): makes topics; answered when the records are committed and applied here. */
import { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const createTopics = defineHandler(CreateTopicsRequest, CreateTopicsResponse, {
  handle: (services: NodeServices, request, context) =>
    services.controller.createTopics(request, context),
})
