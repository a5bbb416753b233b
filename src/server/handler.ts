import { present } from '../base/index.ts'
import { apis } from '../protocol/index.ts'
import type { Api } from '../protocol/index.ts'
import type { Message } from '../wire/index.ts'
import type { Broker, NodeServices } from './services.ts'
import type { Turns } from './turns.ts'

/** Where a request came from. */
export interface Origin {
  /** Name of the listener that the request came in on: addresses in answers belong to the same listener. */
  readonly listenerName: string
  readonly clientHost: string
  /** Calls `handler` when the connection closes: nobody waits for the answer any more. Returns a function that takes it back. */
  readonly onceGone: (handler: () => void) => () => void
  /** For requests that take long: see Pace. */
  readonly turns: Turns
  /** True while the connections together hold all the memory that they may: an answer had better be small. */
  isMemoryShort(): boolean
}

/** What a handler may know of the request besides its body. */
export interface RequestContext extends Origin {
  readonly apiVersion: number
  /** Empty when the client gave none. */
  readonly clientId: string
  /** `User:ANONYMOUS` until somebody authenticates. */
  readonly principal: string
  /** Hands over a buffer of the broker's pool: it is used again when the answer has left. */
  release(buffer: Buffer): void
}

/**
 * The answer of a request that takes several turns of the loop to start. The next request of the connection waits for `started`, so that
 * effects keep the order of the requests.
 */
export class Staged<Response> {
  readonly started: Promise<void>
  readonly response: Promise<Response | null>

  constructor(started: Promise<void>, response: Promise<Response | null>) {
    this.started = started
    this.response = response
  }
}

interface HandlerTraits {
  /** The next request of the same connection may start before this one is answered. */
  readonly overlaps?: boolean
  /** Nothing refers to the request's bytes once it is answered: the memory of its frame may be used again. */
  readonly keepsNoBytes?: boolean
}

/**
 * Answers one request. A refusal is an error code in the response. Null: no response is due (acks=0). Throwing closes the connection, so
 * only what cannot be answered throws.
 */
type Answer<Services, Request, Response> = (
  services: Services,
  request: Request,
  context: RequestContext,
) => Response | null | Promise<Response | null> | Staged<Response>

interface HandlerSpec<Services, Request, Response> extends HandlerTraits {
  readonly handle: Answer<Services, Request, Response>
}

/**
 * One API. The lists of handlers are the server: dispatch, ApiVersions and metrics read them, so what has no handler is not advertised.
 * One that needs nothing but {@link NodeServices} can stand in both lists, that of brokers and that of controllers.
 */
export interface Handler<in Services extends NodeServices = Broker> extends HandlerTraits {
  readonly api: Api
  readonly handle: Answer<Services, unknown, unknown>
}

/** Declares the handler of the API that `request` belongs to. */
export function defineHandler<Request, Response, Services extends NodeServices = Broker>(
  request: Message<Request, never>,
  _response: Message<unknown, Response>,
  spec: HandlerSpec<Services, Request, Response>,
): Handler<Services> {
  const key = present(request.key, `${request.name} has no API key`)
  const api = present(apis.get(key), `${request.name} is not in the table of APIs`)
  return { ...(spec as HandlerSpec<Services, unknown, unknown>), api }
}
