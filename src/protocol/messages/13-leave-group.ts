/**
 * LeaveGroup: members leave a classic group.
 *
 * - 3: several members at once, by member id or group instance id (KIP-345).
 * - 4: flexible.
 * - 5: why they leave (KIP-800).
 */
import { array, field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const LeaveGroupRequest = message(
  { name: 'LeaveGroupRequest', key: 13, versions: [0, 5], flexibleSince: 4 },
  {
    groupId: string,
    memberId: field(string, { until: 2 }),
    members: field(
      array({
        memberId: string,
        groupInstanceId: field(nullable(string), { default: null }),
        reason: field(nullable(string), { since: 5, default: null }),
      }),
      { since: 3 },
    ),
  },
)

export const LeaveGroupResponse = message(
  { name: 'LeaveGroupResponse', key: 13, versions: [0, 5], flexibleSince: 4 },
  {
    throttleTimeMs: field(int32, { since: 1 }),
    errorCode: int16,
    members: field(
      array({
        memberId: string,
        groupInstanceId: nullable(string),
        errorCode: int16,
      }),
      { since: 3 },
    ),
  },
)
