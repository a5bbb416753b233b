import { array, int64, message, string } from '../../wire/index.ts'

/** A delegation token was created or renewed (metadata.version 14). Its secret is derived, not stored. */
export const DelegationTokenRecord = message(
  { name: 'DelegationTokenRecord', key: 10, versions: [0, 0], flexibleSince: 0 },
  {
    /** Principals are written as `type:name`. */
    owner: string,
    requester: string,
    renewers: array(string),
    issueTimestamp: int64,
    /** No renewal reaches beyond this time. */
    maxTimestamp: int64,
    expirationTimestamp: int64,
    tokenId: string,
  },
)
