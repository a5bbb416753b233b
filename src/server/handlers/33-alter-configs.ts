/** AlterConfigs (33): replaces all dynamic configuration of a resource; the older form of IncrementalAlterConfigs. */
import { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/index.ts'
import { splitForeign } from '../foreign-brokers.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices, NodeServices } from '../services.ts'

/** For the listeners of brokers. */
export const alterConfigs = defineHandler(AlterConfigsRequest, AlterConfigsResponse, {
  async handle(services: NodeServices, request, context) {
    const { own, refused } = splitForeign(request.resources, services.nodeId)
    const passedOn = { ...request, resources: own }
    const { responses } = await services.controller.alterConfigs(passedOn, context)
    return { responses: [...refused, ...responses] }
  },
})

/** For the listeners of controllers. */
export const alterConfigsHere = defineHandler(AlterConfigsRequest, AlterConfigsResponse, {
  handle: (services: ControllerServices, request, context) =>
    services.controller.alterConfigs(request, context),
})
