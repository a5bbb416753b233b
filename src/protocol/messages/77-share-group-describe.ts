/**
 * ShareGroupDescribe: state, members and assignments of share groups (KIP-932). Version 0 was a
 * preview.
 */
import { INT32_MIN } from '../../base/index.ts'
import {
  array,
  bool,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

const topicPartitions = { topicId: uuid, topicName: string, partitions: array(int32) }

const assignment = { topicPartitions: array(topicPartitions) }

export const ShareGroupDescribeRequest = message(
  { name: 'ShareGroupDescribeRequest', key: 77, versions: [1, 1], flexibleSince: 0 },
  {
    groupIds: array(string),
    includeAuthorizedOperations: bool,
  },
)

export const ShareGroupDescribeResponse = message(
  { name: 'ShareGroupDescribeResponse', key: 77, versions: [1, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    groups: array({
      errorCode: int16,
      errorMessage: field(nullable(string), { default: null }),
      groupId: string,
      groupState: string,
      groupEpoch: int32,
      assignmentEpoch: int32,
      assignorName: string,
      members: array({
        memberId: string,
        rackId: field(nullable(string), { default: null }),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: array(string),
        assignment: struct(assignment),
      }),
      authorizedOperations: field(int32, { default: INT32_MIN }),
    }),
  },
)
