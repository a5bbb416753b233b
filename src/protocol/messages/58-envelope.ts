/**
 * Envelope: a request that a broker forwards to the controller for a client, with the client's
 * principal (KIP-590).
 */
import { bytes, field, int16, message, nullable } from '../../wire/index.ts'

export const EnvelopeRequest = message(
  { name: 'EnvelopeRequest', key: 58, versions: [0, 0], flexibleSince: 0 },
  {
    /** The forwarded request, header and body. */
    requestData: bytes,
    requestPrincipal: nullable(bytes),
    clientHostAddress: bytes,
  },
)

export const EnvelopeResponse = message(
  { name: 'EnvelopeResponse', key: 58, versions: [0, 0], flexibleSince: 0 },
  {
    /** The response to it, header and body. */
    responseData: field(nullable(bytes), { default: null }),
    errorCode: int16,
  },
)
