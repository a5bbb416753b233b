/**
 * JoinGroup: becomes a member of a group of the classic protocol; the answer comes when the
 * rebalance has gathered everybody.
 *
 * - 1: rebalance timeout, before that the session timeout serves for both.
 * - 4: a new member is first sent away with the member id it shall use (MEMBER_ID_REQUIRED,
 *   KIP-394).
 * - 5: static members (KIP-345).
 * - 6: flexible.
 * - 7: the response names the protocol type, and no protocol if there was an error (KIP-559).
 * - 8: why the member joins (KIP-800).
 * - 9: the leader may be told not to assign anew (KIP-814).
 */
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

export const JoinGroupRequest = message(
  { name: 'JoinGroupRequest', key: 11, versions: [0, 9], flexibleSince: 6 },
  {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: field(int32, { since: 1, default: -1 }),
    /** Empty when the member is new. */
    memberId: string,
    groupInstanceId: field(nullable(string), { since: 5, default: null }),
    protocolType: string,
    /** In order of preference. */
    protocols: array({ name: string, metadata: bytes }),
    reason: field(nullable(string), { since: 8, default: null }),
  },
)

export const JoinGroupResponse = message(
  { name: 'JoinGroupResponse', key: 11, versions: [0, 9], flexibleSince: 6 },
  {
    throttleTimeMs: field(int32, { since: 2 }),
    errorCode: int16,
    generationId: field(int32, { default: -1 }),
    protocolType: field(nullable(string), { since: 7, default: null }),
    protocolName: nullable(string, 7),
    leader: string,
    skipAssignment: field(bool, { since: 9 }),
    memberId: string,
    /** Only the leader gets them. */
    members: array({
      memberId: string,
      groupInstanceId: field(nullable(string), { since: 5, default: null }),
      metadata: bytes,
    }),
  },
)
