/**
 * SaslAuthenticate: carries the tokens of a SASL exchange, after SaslHandshake 1.
 *
 * - 1: after how long the client must authenticate again (KIP-368).
 * - 2: flexible.
 */
import { bytes, field, int16, int64, message, nullable, string } from '../../wire/index.ts'

export const SaslAuthenticateRequest = message(
  { name: 'SaslAuthenticateRequest', key: 36, versions: [0, 2], flexibleSince: 2 },
  {
    authBytes: bytes,
  },
)

export const SaslAuthenticateResponse = message(
  { name: 'SaslAuthenticateResponse', key: 36, versions: [0, 2], flexibleSince: 2 },
  {
    errorCode: int16,
    errorMessage: nullable(string),
    authBytes: bytes,
    sessionLifetimeMs: field(int64, { since: 1 }),
  },
)
