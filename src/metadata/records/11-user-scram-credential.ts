import { bytes, int32, int8, message, string } from '../../wire/index.ts'

/** A user's SCRAM credential for one mechanism (metadata.version 11). */
export const UserScramCredentialRecord = message(
  { name: 'UserScramCredentialRecord', key: 11, versions: [0, 0], flexibleSince: 0 },
  {
    name: string,
    /** 1: SCRAM-SHA-256; 2: SCRAM-SHA-512. */
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  },
)
