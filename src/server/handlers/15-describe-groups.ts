/** DescribeGroups (15): state and members of groups. */
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'

export const describeGroups = defineHandler(DescribeGroupsRequest, DescribeGroupsResponse, {
  handle(broker, request, context) {
    // Each group once, however often it was named: an answer may be a thousand times as large as the question.
    const groups = [...new Set(request.groups)]
    return broker.groups.describeGroups({ ...request, groups }, context)
  },
})
