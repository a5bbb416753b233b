/**
 * AlterUserScramCredentials: sets and removes SCRAM credentials, salted by the client (KIP-554).
 */
import {
  array,
  bytes,
  field,
  int16,
  int32,
  int8,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const AlterUserScramCredentialsRequest = message(
  { name: 'AlterUserScramCredentialsRequest', key: 51, versions: [0, 0], flexibleSince: 0 },
  {
    deletions: array({ name: string, mechanism: int8 }),
    upsertions: array({
      name: string,
      mechanism: int8,
      iterations: int32,
      salt: bytes,
      saltedPassword: bytes,
    }),
  },
)

export const AlterUserScramCredentialsResponse = message(
  { name: 'AlterUserScramCredentialsResponse', key: 51, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    results: array({
      user: string,
      errorCode: int16,
      errorMessage: nullable(string),
    }),
  },
)
