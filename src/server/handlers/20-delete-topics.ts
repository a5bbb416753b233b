/** DeleteTopics (20): removes topics, by name or id (KIP-516). */
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const deleteTopics = defineHandler(DeleteTopicsRequest, DeleteTopicsResponse, {
  handle: (broker, request, context) => broker.controller.deleteTopics(request, context),
})
