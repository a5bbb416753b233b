/**
 * ExpireDelegationToken: lets a token expire sooner, or at once.
 *
 * - 1 is the oldest served. 2: flexible.
 */
import { bytes, field, int16, int32, int64, message } from '../../wire/index.ts'

export const ExpireDelegationTokenRequest = message(
  { name: 'ExpireDelegationTokenRequest', key: 40, versions: [1, 2], flexibleSince: 2 },
  {
    hmac: bytes,
    expiryTimePeriodMs: int64,
  },
)

export const ExpireDelegationTokenResponse = message(
  { name: 'ExpireDelegationTokenResponse', key: 40, versions: [1, 2], flexibleSince: 2 },
  {
    errorCode: int16,
    expiryTimestampMs: int64,
    throttleTimeMs: field(int32),
  },
)
