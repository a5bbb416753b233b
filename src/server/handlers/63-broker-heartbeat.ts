/** BrokerHeartbeat (63): a broker is alive, and learns whether it is fenced and may stop (KIP-631). */
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

export const brokerHeartbeat = defineHandler(BrokerHeartbeatRequest, BrokerHeartbeatResponse, {
  handle: (services: ControllerServices, request) => services.controller.brokerHeartbeat(request),
})
