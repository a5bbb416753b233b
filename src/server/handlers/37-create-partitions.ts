/** CreatePartitions (37): adds partitions to topics (KIP-195). */
import { CreatePartitionsRequest, CreatePartitionsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const createPartitions = defineHandler(CreatePartitionsRequest, CreatePartitionsResponse, {
  handle: (broker, request, context) => broker.controller.createPartitions(request, context),
})
