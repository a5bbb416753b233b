/**
 * One connection to a node: requests leave in order, answers come back in order and are matched by correlation id, versions are
 * agreed once by ApiVersions (KIP-511).
 */

import type { BufferPool } from '../base/index.ts'
import type { Clock, Connection, Network, Timer } from '../io/index.ts'
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
  decodeResponse,
  encodeRequest,
  errorCodes,
  openResponse,
} from '../protocol/index.ts'
import { WireError } from '../wire/index.ts'
import type { Decoded, Message } from '../wire/index.ts'
import { FrameReader } from './frame-reader.ts'

export type RpcErrorCode = 'CLOSED' | 'TIMED_OUT' | 'BAD_RESPONSE' | 'UNSUPPORTED_VERSION'

/** A request that got no usable answer. Whether it took effect is unknown, except with UNSUPPORTED_VERSION: nothing was sent. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: RpcErrorCode

  constructor(code: RpcErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export interface NodeConnectionOptions {
  readonly network: Network
  readonly clock: Clock
  readonly host: string
  readonly port: number
  readonly clientId: string
  /** For connecting, and for each request that names no time-out of its own. */
  readonly timeoutMs: number
  /** Largest response that is read. Default 256 MiB. */
  readonly responseBytesMax?: number
  /** Where large answers get their memory; {@link NodeConnection.sendTaking} gives it back. */
  readonly buffers?: BufferPool
}

export interface SendOptions {
  readonly timeoutMs?: number
  /** Exactly this version instead of the highest that both sides know. */
  readonly version?: number
  /** Not above this version. */
  readonly versionMax?: number
}

interface Waiting {
  readonly correlationId: number
  readonly timer: Timer
  /** Nothing refers to the bytes of the answer once it is settled. */
  readonly isTransient: boolean
  settle(frame: ReturnType<typeof openResponse>): void
  reject(error: RpcError): void
}

type Versions = ReadonlyMap<number, readonly [first: number, last: number]>

export class NodeConnection {
  readonly host: string
  readonly port: number
  readonly #options: NodeConnectionOptions
  readonly #connection: Connection
  readonly #waiting: Waiting[] = []
  #versions: Versions = new Map()
  #features: Decoded<typeof ApiVersionsResponse> | null = null
  #correlationId = 0
  #closed: RpcError | null = null
  #onClosed: () => void = () => {}

  private constructor(connection: Connection, options: NodeConnectionOptions) {
    this.#connection = connection
    this.#options = options
    this.host = options.host
    this.port = options.port
    const reader = new FrameReader(
      options.responseBytesMax ?? 256 * 1024 * 1024,
      options.buffers ?? null,
    )
    connection.onData((chunk) => {
      const problem = reader.push(chunk, (frame) => this.#onFrame(frame))
      if (problem !== null) this.#fail(new RpcError('BAD_RESPONSE', problem.message))
    })
    connection.onClose((error) => {
      const reason = error === null ? 'the node closed the connection' : error.message
      this.#fail(new RpcError('CLOSED', `Lost ${this.host}:${this.port}: ${reason}`, error))
    })
  }

  /** Connects and agrees on versions. Rejects with {@link RpcError} or NetworkError. */
  static async connect(options: NodeConnectionOptions): Promise<NodeConnection> {
    const connection = await options.network.connect(options)
    const node = new NodeConnection(connection, options)
    try {
      await node.#agreeOnVersions()
    } catch (error) {
      node.close()
      throw error
    }
    return node
  }

  get isClosed(): boolean {
    return this.#closed !== null
  }

  /** What the node said in ApiVersions, its features included. */
  get apiVersions(): Decoded<typeof ApiVersionsResponse> | null {
    return this.#features
  }

  onClosed(handler: () => void): void {
    this.#onClosed = handler
  }

  /** The highest version of `request` that both sides know, or null when there is none. */
  versionOf(request: Message<unknown, never>, max = Infinity): number | null {
    const theirs = request.key === undefined ? undefined : this.#versions.get(request.key)
    if (theirs === undefined) return null
    const version = Math.min(theirs[1], request.versions[1], max)
    return version >= theirs[0] && version >= request.versions[0] ? version : null
  }

  /** Sends one request and resolves with its answer. Rejects with {@link RpcError}. */
  send<T, D>(
    request: Message<unknown, D>,
    response: Message<T, unknown>,
    draft: D,
    options: SendOptions = {},
  ): Promise<T> {
    return this.#send(request, response, draft, options, null)
  }

  /**
   * As {@link send}, for answers with many bytes: `take` gets the answer at once, and what it throws is what this rejects with. The memory of the answer is
   * used again afterwards: copy what must stay.
   */
  async sendTaking<T, D>(
    request: Message<unknown, D>,
    response: Message<T, unknown>,
    draft: D,
    take: (answer: T) => void,
    options: SendOptions = {},
  ): Promise<void> {
    await this.#send(request, response, draft, options, take)
  }

  #send<T, D>(
    request: Message<unknown, D>,
    response: Message<T, unknown>,
    draft: D,
    options: SendOptions,
    take: ((answer: T) => void) | null,
  ): Promise<T> {
    const version = options.version ?? this.versionOf(request, options.versionMax)
    if (version === null) {
      const message = `Cannot send ${request.name} to ${this.host}:${this.port}: no version in common`
      return Promise.reject(new RpcError('UNSUPPORTED_VERSION', message))
    }
    if (this.#closed !== null) return Promise.reject(this.#closed)
    const correlationId = this.#correlationId++
    const frame = encodeRequest(
      request,
      version,
      { correlationId, clientId: this.#options.clientId },
      draft,
    )
    return new Promise<T>((resolve, reject) => {
      const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs
      const timer = this.#options.clock.after(timeoutMs, () => {
        const message = `${request.name} to ${this.host}:${this.port} was not answered within ${timeoutMs} ms`
        // Answers come in order: after one that is missing, none can be trusted to come.
        this.#fail(new RpcError('TIMED_OUT', message))
      })
      const settle = (opened: ReturnType<typeof openResponse>): void => {
        const answer = decodeResponse(response, version, opened)
        try {
          take?.(answer)
          resolve(answer)
        } catch (error) {
          // The answer was right; who took it was not.
          reject(error)
        }
      }
      this.#waiting.push({ correlationId, timer, isTransient: take !== null, settle, reject })
      this.#connection.write(frame)
    })
  }

  /** Sends a request that has no answer (Produce with acks=0). */
  sendUnanswered<D>(request: Message<unknown, D>, draft: D): void {
    const version = this.versionOf(request)
    if (version === null || this.#closed !== null) return
    const header = { correlationId: this.#correlationId++, clientId: this.#options.clientId }
    this.#connection.write(encodeRequest(request, version, header, draft))
  }

  close(): void {
    this.#fail(
      new RpcError('CLOSED', `The connection to ${this.host}:${this.port} was closed here`),
    )
  }

  async #agreeOnVersions(): Promise<void> {
    const draft = { clientSoftwareName: 'highwater', clientSoftwareVersion: '0.1.0' }
    let answer: Decoded<typeof ApiVersionsResponse> | null = null
    // A node that does not know the version asked for answers in version 0, which is then asked for.
    for (const version of [3, 0]) {
      answer = await this.send(ApiVersionsRequest, versionTolerant(version), draft, { version })
      if (answer.errorCode !== errorCodes.UNSUPPORTED_VERSION) break
    }
    if (answer === null || answer.errorCode !== 0) {
      throw new RpcError(
        'UNSUPPORTED_VERSION',
        `${this.host}:${this.port} refused ApiVersions: error ${answer?.errorCode}`,
      )
    }
    this.#features = answer
    this.#versions = new Map(
      answer.apiKeys.map((api) => [api.apiKey, [api.minVersion, api.maxVersion] as const]),
    )
  }

  #onFrame(frame: Buffer): void {
    try {
      const opened = openResponse(frame)
      const waiting = this.#waiting.shift()
      if (waiting === undefined || waiting.correlationId !== opened.correlationId) {
        throw new WireError(
          `Cannot match a response: correlation id ${opened.correlationId} was not next`,
        )
      }
      waiting.timer.cancel()
      try {
        waiting.settle(opened)
      } catch (error) {
        waiting.reject(new RpcError('BAD_RESPONSE', (error as Error).message, error))
        throw error
      }
      if (waiting.isTransient) this.#options.buffers?.give(frame)
    } catch (error) {
      this.#fail(new RpcError('BAD_RESPONSE', (error as Error).message, error))
    }
  }

  #fail(error: RpcError): void {
    if (this.#closed !== null) return
    this.#closed = error
    this.#connection.destroy()
    for (const waiting of this.#waiting.splice(0)) {
      waiting.timer.cancel()
      waiting.reject(error)
    }
    this.#onClosed()
  }
}

/**
 * The response schema of ApiVersions as seen by one who asked for `version`: an old node answers with the body of version 0 and
 * UNSUPPORTED_VERSION, which every version's reader must recognise.
 */
function versionTolerant(version: number): typeof ApiVersionsResponse {
  if (version === 0) return ApiVersionsResponse
  return {
    ...ApiVersionsResponse,
    decode(reader, asked) {
      const start = reader.position
      const isRefusal = reader.int16() === errorCodes.UNSUPPORTED_VERSION
      reader.position = start
      return ApiVersionsResponse.decode(reader, isRefusal ? 0 : asked)
    },
  }
}
