/** BrokerRegistration (62): a broker process joins the cluster (KIP-631). */
import { BrokerRegistrationRequest, BrokerRegistrationResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

export const registerBroker = defineHandler(BrokerRegistrationRequest, BrokerRegistrationResponse, {
  handle: (services: ControllerServices, request) => services.controller.registerBroker(request),
})
