/** ListPartitionReassignments (46): the moves of partitions under way (KIP-455). */
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const listPartitionReassignments = defineHandler(
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
  {
    handle: (services: NodeServices, request, context) =>
      services.controller.listPartitionReassignments(request, context),
  },
)
