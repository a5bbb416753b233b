/** JoinGroup (11): a member joins; answered when the rebalance has gathered the members. */
import { JoinGroupRequest, JoinGroupResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const joinGroup = defineHandler(JoinGroupRequest, JoinGroupResponse, {
  handle: (broker, request, context) => broker.groups.joinGroup(request, context),
})
