/**
 * DescribeUserScramCredentials: which SCRAM mechanisms users have, never the secrets (KIP-554).
 */
import { array, field, int16, int32, int8, message, nullable, string } from '../../wire/index.ts'

export const DescribeUserScramCredentialsRequest = message(
  { name: 'DescribeUserScramCredentialsRequest', key: 50, versions: [0, 0], flexibleSince: 0 },
  {
    users: nullable(array({ name: string })),
  },
)

export const DescribeUserScramCredentialsResponse = message(
  { name: 'DescribeUserScramCredentialsResponse', key: 50, versions: [0, 0], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: nullable(string),
    results: array({
      user: string,
      errorCode: int16,
      errorMessage: nullable(string),
      credentialInfos: array({ mechanism: int8, iterations: int32 }),
    }),
  },
)
