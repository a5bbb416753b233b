/** IncrementalAlterConfigs (44): sets, deletes, appends to or subtracts from single keys (KIP-339). */
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const incrementalAlterConfigs = defineHandler(
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  {
    handle: (broker, request, context) =>
      broker.controller.incrementalAlterConfigs(request, context),
  },
)
