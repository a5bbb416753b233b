/**
 * ConsumerGroupDescribe: state, members and assignments of groups of the consumer protocol
 * (KIP-848).
 *
 * - 1: whether a member speaks the classic or the consumer protocol (KIP-1099).
 */
import { INT32_MIN } from '../../base/index.ts'
import {
  array,
  bool,
  field,
  int16,
  int32,
  int8,
  message,
  nullable,
  string,
  struct,
  uuid,
} from '../../wire/index.ts'

const topicPartitions = { topicId: uuid, topicName: string, partitions: array(int32) }

const assignment = { topicPartitions: array(topicPartitions) }

export const ConsumerGroupDescribeRequest = message(
  { name: 'ConsumerGroupDescribeRequest', key: 69, versions: [0, 1], flexibleSince: 0 },
  {
    groupIds: array(string),
    includeAuthorizedOperations: bool,
  },
)

export const ConsumerGroupDescribeResponse = message(
  { name: 'ConsumerGroupDescribeResponse', key: 69, versions: [0, 1], flexibleSince: 0 },
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
        instanceId: field(nullable(string), { default: null }),
        rackId: field(nullable(string), { default: null }),
        memberEpoch: int32,
        clientId: string,
        clientHost: string,
        subscribedTopicNames: array(string),
        subscribedTopicRegex: field(nullable(string), { default: null }),
        assignment: struct(assignment),
        targetAssignment: struct(assignment),
        memberType: field(int8, { since: 1, default: -1 }),
      }),
      authorizedOperations: field(int32, { default: INT32_MIN }),
    }),
  },
)
