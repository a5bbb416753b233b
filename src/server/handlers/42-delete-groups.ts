/** DeleteGroups (42): deletes empty groups. */
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const deleteGroups = defineHandler(DeleteGroupsRequest, DeleteGroupsResponse, {
  handle: (broker, request, context) => broker.groups.deleteGroups(request, context),
})
