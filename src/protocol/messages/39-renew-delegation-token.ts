/**
 * RenewDelegationToken: lets a token expire later.
 *
 * - 1 is the oldest served. 2: flexible.
 */
import { bytes, field, int16, int32, int64, message } from '../../wire/index.ts'

export const RenewDelegationTokenRequest = message(
  { name: 'RenewDelegationTokenRequest', key: 39, versions: [1, 2], flexibleSince: 2 },
  {
    hmac: bytes,
    renewPeriodMs: int64,
  },
)

export const RenewDelegationTokenResponse = message(
  { name: 'RenewDelegationTokenResponse', key: 39, versions: [1, 2], flexibleSince: 2 },
  {
    errorCode: int16,
    expiryTimestampMs: int64,
    throttleTimeMs: field(int32),
  },
)
