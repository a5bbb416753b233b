/** ListGroups (16): the groups that this broker coordinates. */
import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const listGroups = defineHandler(ListGroupsRequest, ListGroupsResponse, {
  handle: (broker, request, context) => broker.groups.listGroups(request, context),
})
