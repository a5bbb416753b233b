/**
 * SaslHandshake: agrees on a SASL mechanism.
 *
 * - 1: the tokens travel in SaslAuthenticate; after version 0 they travel as bare length-prefixed
 *   bytes.
 *
 * It never becomes flexible: clients before 2.5 would choose a wrong version (KAFKA-9577).
 */
import { array, int16, message, string } from '../../wire/index.ts'

export const SaslHandshakeRequest = message(
  { name: 'SaslHandshakeRequest', key: 17, versions: [0, 1] },
  {
    mechanism: string,
  },
)

export const SaslHandshakeResponse = message(
  { name: 'SaslHandshakeResponse', key: 17, versions: [0, 1] },
  {
    errorCode: int16,
    mechanisms: array(string),
  },
)
