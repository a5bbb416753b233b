/** CreatePartitions (37): adds partitions to topics (KIP-195). */
import { CreatePartitionsRequest, CreatePartitionsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const createPartitions = defineHandler(CreatePartitionsRequest, CreatePartitionsResponse, {
  handle: (services: NodeServices, request, context) =>
    services.controller.createPartitions(request, context),
})
