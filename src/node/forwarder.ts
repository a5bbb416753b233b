/** Passes a client's request on to the active controller, in an Envelope with the client's principal (KIP-590). */
import type { RequestInfo } from '../controller/index.ts'
import {
  decodeResponse,
  encodePrincipal,
  encodeRequest,
  EnvelopeRequest,
  EnvelopeResponse,
  errorCodes,
  openResponse,
} from '../protocol/index.ts'
import { RpcError } from '../rpc/index.ts'
import type { Message } from '../wire/index.ts'
import type { ControllerChannel } from './controller-channel.ts'

/** A request that names no time of its own. */
const TIMEOUT_MS = 30_000
const LENGTH_SIZE = 4
/** The client's address, which the controller would only log. */
const NO_ADDRESS = Buffer.from([0, 0, 0, 0])

export interface Forwarded<D, T, A> {
  readonly request: Message<unknown, D>
  readonly response: Message<T, unknown>
  readonly body: D
  readonly info: RequestInfo
  /** The whole time for it, waiting for a controller included; default 30 s. */
  readonly timeoutMs?: number
  /** The same, asked in this process: of the active controller, or of one that refuses because it is not active. */
  readonly here: () => Promise<A>
}

export class Forwarder {
  readonly #channel: ControllerChannel
  readonly #isHere: () => boolean

  /** @param isHere whether the active controller is in this process */
  constructor(channel: ControllerChannel, isHere: () => boolean) {
    this.#channel = channel
    this.#isHere = isHere
  }

  async forward<D, T, A>(forwarded: Forwarded<D, T, A>): Promise<A | T> {
    if (this.#isHere()) return forwarded.here()
    const { request, response, body, info, timeoutMs = TIMEOUT_MS } = forwarded
    try {
      const { errorCode, responseData } = await this.#channel.ask({
        request: EnvelopeRequest,
        response: EnvelopeResponse,
        body: {
          requestData: unframed(request, body, info.apiVersion),
          requestPrincipal: encodePrincipal(info.principal),
          clientHostAddress: NO_ADDRESS,
        },
        timeoutMs,
      })
      if (errorCode === errorCodes.NONE && responseData !== null) {
        return decodeResponse(response, info.apiVersion, openResponse(responseData))
      }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
    }
    return forwarded.here()
  }
}

/** Header and body as they would go over a connection, without the length in front. */
function unframed<D>(request: Message<unknown, D>, body: D, version: number): Buffer {
  const header = { correlationId: 0, clientId: null }
  return Buffer.concat(encodeRequest(request, version, header, body)).subarray(LENGTH_SIZE)
}
