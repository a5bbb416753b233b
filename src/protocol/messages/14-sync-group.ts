/**
 * SyncGroup: the leader hands in the assignment of a classic group, everybody gets their part.
 *
 * - 3: static members (KIP-345).
 * - 4: flexible.
 * - 5: protocol type and name are checked on both sides (KIP-559).
 */
import { array, bytes, field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const SyncGroupRequest = message(
  { name: 'SyncGroupRequest', key: 14, versions: [0, 5], flexibleSince: 4 },
  {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: field(nullable(string), { since: 3, default: null }),
    protocolType: field(nullable(string), { since: 5, default: null }),
    protocolName: field(nullable(string), { since: 5, default: null }),
    /** Only the leader sends them. */
    assignments: array({ memberId: string, assignment: bytes }),
  },
)

export const SyncGroupResponse = message(
  { name: 'SyncGroupResponse', key: 14, versions: [0, 5], flexibleSince: 4 },
  {
    throttleTimeMs: field(int32, { since: 1 }),
    errorCode: int16,
    protocolType: field(nullable(string), { since: 5, default: null }),
    protocolName: field(nullable(string), { since: 5, default: null }),
    assignment: bytes,
  },
)
