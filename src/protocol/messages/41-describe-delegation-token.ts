/**
 * DescribeDelegationToken: the tokens of owners.
 *
 * - 1 is the oldest served. 2: flexible.
 * - 3: who asked for the token (KIP-373).
 */
import {
  array,
  bytes,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const DescribeDelegationTokenRequest = message(
  { name: 'DescribeDelegationTokenRequest', key: 41, versions: [1, 3], flexibleSince: 2 },
  {
    owners: nullable(array({ principalType: string, principalName: string })),
  },
)

export const DescribeDelegationTokenResponse = message(
  { name: 'DescribeDelegationTokenResponse', key: 41, versions: [1, 3], flexibleSince: 2 },
  {
    errorCode: int16,
    tokens: array({
      principalType: string,
      principalName: string,
      tokenRequesterPrincipalType: field(string, { since: 3 }),
      tokenRequesterPrincipalName: field(string, { since: 3 }),
      issueTimestamp: int64,
      expiryTimestamp: int64,
      maxTimestamp: int64,
      tokenId: string,
      hmac: bytes,
      renewers: array({ principalType: string, principalName: string }),
    }),
    throttleTimeMs: field(int32),
  },
)
