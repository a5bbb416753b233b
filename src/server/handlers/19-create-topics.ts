/** CreateTopics (19): makes topics; answered when the records are committed and applied here. */
import { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const createTopics = defineHandler(CreateTopicsRequest, CreateTopicsResponse, {
  handle: (broker, request, context) => broker.controller.createTopics(request, context),
})
