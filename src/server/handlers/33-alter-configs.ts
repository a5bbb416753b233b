/** AlterConfigs (33): replaces all dynamic configuration of a resource; the older form of IncrementalAlterConfigs. */
import { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const alterConfigs = defineHandler(AlterConfigsRequest, AlterConfigsResponse, {
  handle: (broker, request, context) => broker.controller.alterConfigs(request, context),
})
