/**
 * Heartbeat: a member of a classic group is alive, and learns of rebalances.
 *
 * - 3: static members (KIP-345).
 * - 4: flexible.
 */
import { field, int16, int32, message, nullable, string } from '../../wire/index.ts'

export const HeartbeatRequest = message(
  { name: 'HeartbeatRequest', key: 12, versions: [0, 4], flexibleSince: 4 },
  {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: field(nullable(string), { since: 3, default: null }),
  },
)

export const HeartbeatResponse = message(
  { name: 'HeartbeatResponse', key: 12, versions: [0, 4], flexibleSince: 4 },
  {
    throttleTimeMs: field(int32, { since: 1 }),
    errorCode: int16,
  },
)
