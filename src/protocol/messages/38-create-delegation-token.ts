/**
 * CreateDelegationToken: creates a token with which somebody else may act for its owner (KIP-48).
 *
 * - 1 is the oldest served. 2: flexible.
 * - 3: one principal may create tokens for another (KIP-373).
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

export const CreateDelegationTokenRequest = message(
  { name: 'CreateDelegationTokenRequest', key: 38, versions: [1, 3], flexibleSince: 2 },
  {
    ownerPrincipalType: field(nullable(string), { since: 3 }),
    ownerPrincipalName: field(nullable(string), { since: 3 }),
    renewers: array({ principalType: string, principalName: string }),
    maxLifetimeMs: int64,
  },
)

export const CreateDelegationTokenResponse = message(
  { name: 'CreateDelegationTokenResponse', key: 38, versions: [1, 3], flexibleSince: 2 },
  {
    errorCode: int16,
    principalType: string,
    principalName: string,
    tokenRequesterPrincipalType: field(string, { since: 3 }),
    tokenRequesterPrincipalName: field(string, { since: 3 }),
    issueTimestampMs: int64,
    expiryTimestampMs: int64,
    maxTimestampMs: int64,
    tokenId: string,
    hmac: bytes,
    throttleTimeMs: field(int32),
  },
)
