/** AlterConfigs (33): replaces all dynamic configuration of a resource; the older form of IncrementalAlterConfigs. */
import { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const alterConfigs = defineHandler(AlterConfigsRequest, AlterConfigsResponse, {
  handle: (services: NodeServices, request, context) =>
    services.controller.alterConfigs(request, context),
})
