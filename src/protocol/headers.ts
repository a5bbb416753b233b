/**
 * The headers before a request's and a response's body (KIP-482, KIP-511).
 *
 * Both follow the body: when the version of an API is flexible, so is its header. The one exception is the ApiVersions
 * response, whose header never has tags, because a client reads it before it knows the broker.
 */
import { field, int16, int32, message, nullable, string } from '../wire/index.ts'
import type { Message } from '../wire/index.ts'

/** The client id keeps the old string encoding even in the flexible version 2. */
export const RequestHeader = message(
  { name: 'RequestHeader', versions: [1, 2], flexibleSince: 2 },
  {
    requestApiKey: int16,
    requestApiVersion: int16,
    correlationId: int32,
    clientId: field(nullable(string), { flexible: false }),
  },
)

export const ResponseHeader = message(
  { name: 'ResponseHeader', versions: [0, 1], flexibleSince: 1 },
  { correlationId: int32 },
)

const API_VERSIONS_KEY = 18

/** The version of the header in front of `request` in its version `version`. */
export function requestHeaderVersion(request: Message<unknown, unknown>, version: number): 1 | 2 {
  return request.isFlexible(version) ? 2 : 1
}

/** The version of the header in front of `response` in its version `version`. */
export function responseHeaderVersion(response: Message<unknown, unknown>, version: number): 0 | 1 {
  return response.isFlexible(version) && response.key !== API_VERSIONS_KEY ? 1 : 0
}
