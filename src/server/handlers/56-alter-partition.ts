/** AlterPartition (56): a leader asks for another ISR (KIP-497). */
import { AlterPartitionRequest, AlterPartitionResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

export const alterPartition = defineHandler(AlterPartitionRequest, AlterPartitionResponse, {
  handle: (services: ControllerServices, request) => services.controller.alterPartition(request),
})
