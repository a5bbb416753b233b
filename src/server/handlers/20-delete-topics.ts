/** DeleteTopics (20): removes topics, by name or id (KIP-516). */
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const deleteTopics = defineHandler(DeleteTopicsRequest, DeleteTopicsResponse, {
  handle: (services: NodeServices, request, context) =>
    services.controller.deleteTopics(request, context),
})
