/** AlterPartitionReassignments (45): begins and cancels moves of partitions (KIP-455). */
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const alterPartitionReassignments = defineHandler(
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  {
    handle: (services: NodeServices, request, context) =>
      services.controller.alterPartitionReassignments(request, context),
  },
)
