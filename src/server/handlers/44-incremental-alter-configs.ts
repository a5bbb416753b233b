/** IncrementalAlterConfigs (44): sets, deletes, appends to or subtracts from single keys (KIP-339). */
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const incrementalAlterConfigs = defineHandler(
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  {
    handle: (services: NodeServices, request, context) =>
      services.controller.incrementalAlterConfigs(request, context),
  },
)
