/** SyncGroup (14): the leader hands in the assignment, everybody gets their part. */
import { SyncGroupRequest, SyncGroupResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const syncGroup = defineHandler(SyncGroupRequest, SyncGroupResponse, {
  handle: (broker, request, context) => broker.groups.syncGroup(request, context),
})
