/** DescribeGroups (15): state and members of groups. */
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const describeGroups = defineHandler(DescribeGroupsRequest, DescribeGroupsResponse, {
  handle: (broker, request, context) => broker.groups.describeGroups(request, context),
})
