import { message, string } from '../../wire/index.ts'

/** A delegation token expired or was taken back. */
export const RemoveDelegationTokenRecord = message(
  { name: 'RemoveDelegationTokenRecord', key: 26, versions: [0, 0], flexibleSince: 0 },
  { tokenId: string },
)
