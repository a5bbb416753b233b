/**
 * Envelope (58): a request that a broker passes on for a client, with the client's principal (KIP-590). The answer holds the whole answer to
 * the inner request, or an error of the envelope itself.
 */
import {
  decodePrincipal,
  decodeRequest,
  encodeResponse,
  EnvelopeRequest,
  EnvelopeResponse,
  errorCodes,
} from '../../protocol/index.ts'
import type { RequestFrame } from '../../protocol/index.ts'
import { WireError } from '../../wire/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import { defineHandler, Staged } from '../handler.ts'
import type { Handler, RequestContext } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

type Answer = Draft<typeof EnvelopeResponse>

const LENGTH_SIZE = 4
/** Of an IPv4 and an IPv6 address. */
const ADDRESS_SIZES = [4, 16]

/** @param handlers of the requests that may be passed on */
export function envelope(
  handlers: readonly Handler<ControllerServices>[],
): Handler<ControllerServices> {
  const byKey = new Map(handlers.map((handler) => [handler.api.key, handler]))
  return defineHandler(EnvelopeRequest, EnvelopeResponse, {
    async handle(services: ControllerServices, request, context) {
      if (services.quorum.leaderId !== services.nodeId) return refuse(errorCodes.NOT_CONTROLLER)
      const opened = open(request)
      if (typeof opened === 'number') return refuse(opened)
      const { inner, principal, clientHost } = opened
      const handler = byKey.get(inner.api.key)
      if (handler === undefined) return refuse(errorCodes.INVALID_REQUEST)
      const { apiVersion, clientId } = inner.header
      const forClient = { ...context, apiVersion, clientId: clientId ?? '', principal, clientHost }
      return answer(services, inner, handler, forClient)
    },
  })
}

interface Opened {
  readonly inner: RequestFrame
  readonly principal: string
  readonly clientHost: string
}

/** What the envelope holds, or the error code of what is wrong with it. */
function open(request: Decoded<typeof EnvelopeRequest>): Opened | number {
  const { requestData, requestPrincipal, clientHostAddress } = request
  const principal = requestPrincipal === null ? null : decodePrincipal(requestPrincipal)
  if (principal === null) return errorCodes.PRINCIPAL_DESERIALIZATION_FAILURE
  if (!ADDRESS_SIZES.includes(clientHostAddress.length)) return errorCodes.INVALID_REQUEST
  const inner = decodeRequest(requestData)
  if (!inner.ok) return errorCodes.UNSUPPORTED_VERSION
  return { inner, principal, clientHost: hostOf(clientHostAddress) }
}

async function answer(
  services: ControllerServices,
  { api, version, header, body }: RequestFrame,
  handler: Handler<ControllerServices>,
  context: RequestContext,
): Promise<Answer> {
  let decoded: unknown
  try {
    decoded = api.request.decode(body, version)
  } catch (error) {
    if (error instanceof WireError) return refuse(errorCodes.UNSUPPORTED_VERSION)
    throw error
  }
  const handled = handler.handle(services, decoded, context)
  const response = await (handled instanceof Staged ? handled.response : handled)
  const frame = encodeResponse(api.response, version, header.correlationId, response)
  const responseData = Buffer.concat(frame).subarray(LENGTH_SIZE)
  return { errorCode: errorCodes.NONE, responseData }
}

function refuse(errorCode: number): Answer {
  return { errorCode, responseData: null }
}

/** As a text, for logs. */
function hostOf(address: Buffer): string {
  if (address.length === 4) return address.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16))
  return groups.join(':')
}
