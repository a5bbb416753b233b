/**
 * From a frame to a handler and back to a frame. The list of handlers is the dispatch table.
 */
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
  decodeRequest,
  encodeResponse,
  errorCodes,
} from '../protocol/index.ts'
import type { Refusal } from '../protocol/index.ts'
import { WireError } from '../wire/index.ts'
import type { Exchange } from './client-connection.ts'
import { Staged } from './handler.ts'
import type { Handler, Origin, RequestContext } from './handler.ts'
import type { RequestMetrics } from './request-metrics.ts'
import type { NodeServices } from './services.ts'
import { Pace } from './turns.ts'

/** What an element of a request takes in memory once it is decoded, about. */
const ELEMENT_BYTES = 200
/** From so many elements on it takes milliseconds to decode a request, to handle it, and to encode the answer: each has a turn of the loop of its own. */
const LARGE_ELEMENTS = 4_000

/** Starts the request in a frame; throws {@link WireError}. */
export interface Dispatch {
  start(frame: Buffer, origin: Origin): Exchange
}

export class Dispatcher<Services extends NodeServices> implements Dispatch {
  readonly #handlers: ReadonlyMap<number, Handler<Services>>
  readonly #services: Services
  readonly #metrics: RequestMetrics

  constructor(services: Services, handlers: readonly Handler<Services>[], metrics: RequestMetrics) {
    this.#handlers = new Map(handlers.map((handler) => [handler.api.key, handler]))
    this.#services = services
    this.#metrics = metrics
  }

  /**
   * Starts one request. Throws {@link WireError} when the bytes are bad or the API is not served: there is no answer that the client
   * could read, so its connection is closed, as Kafka does.
   */
  start(frame: Buffer, origin: Origin): Exchange {
    const request = decodeRequest(frame)
    if (!request.ok) return refuse(request)
    const { header, version, api } = request
    const handler = this.#handlers.get(header.apiKey)
    if (handler === undefined)
      throw new WireError(`Cannot serve ${api.name}: it is not served here`)
    const body = api.request.decode(request.body, version)
    const released = handler.keepsNoBytes === true ? [frame] : []
    const context: RequestContext = {
      ...origin,
      apiVersion: version,
      clientId: header.clientId ?? '',
      principal: 'User:ANONYMOUS',
      release: (buffer) => released.push(buffer),
    }
    const { clock } = this.#services.io
    const startedMs = clock.monotonicMs()
    const answer = (response: unknown): readonly Buffer[] | null => {
      this.#metrics.observe(api, clock.monotonicMs() - startedMs)
      return response === null
        ? null
        : encodeResponse(api.response, version, header.correlationId, response)
    }
    const handle = (): Handled => handler.handle(this.#services, body, context)
    const { elementCount } = request.body
    const pace = elementCount < LARGE_ELEMENTS ? null : new Pace(origin.turns)
    return {
      overlaps: handler.overlaps === true,
      decodedBytes: elementCount * ELEMENT_BYTES,
      released,
      ...(pace === null ? atOnce(handle, answer) : inTurns(pace, handle, answer)),
    }
  }
}

type Handled = ReturnType<Handler<never>['handle']>
type Answer = (response: unknown) => readonly Buffer[] | null

function atOnce(handle: () => Handled, answer: Answer): Pick<Exchange, 'started' | 'response'> {
  const response = handle()
  if (response instanceof Staged) {
    const { started } = response
    return { started, response: response.response.then(answer) }
  }
  return { response: response instanceof Promise ? response.then(answer) : answer(response) }
}

/** Handles in a later turn than that in which the request was decoded, and answers in one later still. */
function inTurns(
  pace: Pace,
  handle: () => Handled,
  answer: Answer,
): Pick<Exchange, 'started' | 'response'> {
  const handled = pace.turn().then(() => {
    const response = handle()
    return response instanceof Staged ? response : { started: undefined, response }
  })
  return {
    started: handled.then(({ started }) => started),
    response: handled
      .then(({ response }) => response)
      .then((response) => pace.turn().then(() => answer(response))),
  }
}

/**
 * ApiVersions must be answered in every version, or a client newer than us could never find out what we speak: version 0 with one
 * entry, the range of ApiVersions itself (KIP-511; protocol.md 2.1.4). For all others the connection is closed.
 */
function refuse({ header, api, message }: Refusal): Exchange {
  if (header === undefined || api === undefined || api.key !== ApiVersionsRequest.key) {
    throw new WireError(message)
  }
  const [minVersion, maxVersion] = api.advertised
  const response = encodeResponse(ApiVersionsResponse, 0, header.correlationId, {
    errorCode: errorCodes.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: api.key, minVersion, maxVersion }],
  })
  return { overlaps: false, response }
}
