/**
 * DescribeGroups: state and members of classic groups.
 *
 * - 3: authorized operations.
 * - 4: static members (KIP-345).
 * - 5: flexible.
 * - 6: an unknown group is GROUP_ID_NOT_FOUND; before, it was described as dead (KIP-1043).
 */
import { INT32_MIN } from '../../base/index.ts'
import {
  array,
  bool,
  bytes,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const DescribeGroupsRequest = message(
  { name: 'DescribeGroupsRequest', key: 15, versions: [0, 6], flexibleSince: 5 },
  {
    groups: array(string),
    includeAuthorizedOperations: field(bool, { since: 3 }),
  },
)

export const DescribeGroupsResponse = message(
  { name: 'DescribeGroupsResponse', key: 15, versions: [0, 6], flexibleSince: 5 },
  {
    throttleTimeMs: field(int32, { since: 1 }),
    groups: array({
      errorCode: int16,
      errorMessage: field(nullable(string), { since: 6, default: null }),
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: array({
        memberId: string,
        groupInstanceId: field(nullable(string), { since: 4, default: null }),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      }),
      authorizedOperations: field(int32, { since: 3, default: INT32_MIN }),
    }),
  },
)
