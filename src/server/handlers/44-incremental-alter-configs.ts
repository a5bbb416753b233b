/** IncrementalAlterConfigs (44): sets, deletes, appends to or subtracts from single keys (KIP-339). */
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/index.ts'
import { splitForeign } from '../foreign-brokers.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices, NodeServices } from '../services.ts'

/** For the listeners of brokers. */
export const incrementalAlterConfigs = defineHandler(
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  {
    async handle(services: NodeServices, request, context) {
      const { own, refused } = splitForeign(request.resources, services.nodeId)
      const passedOn = { ...request, resources: own }
      const { responses } = await services.controller.incrementalAlterConfigs(passedOn, context)
      return { responses: [...refused, ...responses] }
    },
  },
)

/** For the listeners of controllers. */
export const incrementalAlterConfigsHere = defineHandler(
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  {
    handle: (services: ControllerServices, request, context) =>
      services.controller.incrementalAlterConfigs(request, context),
  },
)
