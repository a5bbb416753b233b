/** LeaveGroup (13): members leave. */
import { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const leaveGroup = defineHandler(LeaveGroupRequest, LeaveGroupResponse, {
  handle: (broker, request, context) => broker.groups.leaveGroup(request, context),
})
