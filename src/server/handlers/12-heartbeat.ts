/** Heartbeat (12): a member is alive, and hears of rebalances. */
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const heartbeat = defineHandler(HeartbeatRequest, HeartbeatResponse, {
  handle: (broker, request, context) => broker.groups.heartbeat(request, context),
})
