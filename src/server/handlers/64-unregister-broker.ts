/** UnregisterBroker (64): forgets a broker that will not come back (KIP-631). */
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

export const unregisterBroker = defineHandler(UnregisterBrokerRequest, UnregisterBrokerResponse, {
  handle: (services: NodeServices, request, context) =>
    services.controller.unregisterBroker(request, context),
})
