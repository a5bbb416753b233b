/**
 * The way from this node to the active controller: finds it by what the quorum says, keeps one connection to it, and asks again when it
 * has moved, until an answer comes or the time is up.
 */
import type { Clock, Network } from '../io/index.ts'
import { NetworkError } from '../io/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { KnownLeader } from '../quorum/index.ts'
import { NodeConnection, RpcError } from '../rpc/index.ts'
import type { Message } from '../wire/index.ts'

export interface ControllerChannelOptions {
  readonly network: Network
  readonly clock: Clock
  readonly nodeId: number
  leader(): KnownLeader
}

export interface Question<D, T> {
  readonly request: Message<unknown, D>
  readonly response: Message<T, unknown>
  readonly body: D
  /** The whole time for it, waiting for a controller included. */
  readonly timeoutMs: number
}

/** Between two attempts. An election takes a few of these. */
const RETRY_MS = 30
const CONNECT_MS_MAX = 1_000

export class ControllerChannel {
  readonly #options: ControllerChannelOptions
  #connection: { readonly to: string; readonly opened: Promise<NodeConnection> } | null = null
  #isClosed = false

  constructor(options: ControllerChannelOptions) {
    this.#options = options
  }

  /**
   * Asks the active controller. An answer of NOT_CONTROLLER and a lost connection lead to another attempt, so the request may take effect
   * more than once, as with Apache's brokers.
   *
   * @throws RpcError by rejection: `TIMED_OUT` nobody answered in time, `UNSUPPORTED_VERSION`, `CLOSED`
   */
  async ask<D, T extends { readonly errorCode: number }>(question: Question<D, T>): Promise<T> {
    const { clock } = this.#options
    const endMs = clock.monotonicMs() + question.timeoutMs
    let reason = 'there is no active controller'
    for (;;) {
      const leftMs = endMs - clock.monotonicMs()
      if (this.#isClosed) throw new RpcError('CLOSED', 'The channel to the controller was closed')
      if (leftMs <= 0) throw timedOut(question.request.name, question.timeoutMs, reason)
      try {
        const answer = await this.#attempt(question, leftMs)
        if (answer !== null && answer.errorCode !== errorCodes.NOT_CONTROLLER) return answer
      } catch (error) {
        if (!isPassing(error)) throw error
        reason = error.message
      }
      await new Promise<void>((resolve) => clock.after(Math.min(RETRY_MS, leftMs), resolve))
    }
  }

  /** Somebody else leads now: what the old leader has not answered is asked again. */
  leaderChanged(): void {
    const connection = this.#connection
    if (connection === null || connection.to === addressOf(this.#options.leader())) return
    this.#drop()
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  /** Null: nobody to ask. */
  async #attempt<D, T>(
    { request, response, body }: Question<D, T>,
    timeoutMs: number,
  ): Promise<T | null> {
    const connection = await this.#connect(timeoutMs)
    return connection === null ? null : connection.send(request, response, body, { timeoutMs })
  }

  async #connect(timeoutMs: number): Promise<NodeConnection | null> {
    const { network, clock, nodeId } = this.#options
    const known = this.#options.leader()
    const to = addressOf(known)
    if (known.endpoint === null || to === null) return null
    if (this.#connection !== null && this.#connection.to !== to) this.#drop()
    this.#connection ??= {
      to,
      opened: NodeConnection.connect({
        network,
        clock,
        ...known.endpoint,
        clientId: `broker-${nodeId}`,
        timeoutMs: Math.min(timeoutMs, CONNECT_MS_MAX),
      }),
    }
    const { opened } = this.#connection
    try {
      const connection = await opened
      if (!connection.isClosed) return connection
      if (this.#connection?.opened === opened) this.#connection = null
      return null
    } catch (error) {
      if (this.#connection?.opened === opened) this.#connection = null
      throw error
    }
  }

  #drop(): void {
    const connection = this.#connection
    this.#connection = null
    connection?.opened.then(
      (it) => it.close(),
      () => {}, // Whoever waits for it was told.
    )
  }
}

function addressOf({ id, endpoint }: KnownLeader): string | null {
  return id === null || endpoint === null ? null : `${id}@${endpoint.host}:${endpoint.port}`
}

/** Another attempt may do better. */
function isPassing(error: unknown): error is Error {
  if (error instanceof NetworkError) return true
  return error instanceof RpcError && error.code !== 'UNSUPPORTED_VERSION'
}

function timedOut(name: string, timeoutMs: number, reason: string): RpcError {
  return new RpcError(
    'TIMED_OUT',
    `Cannot send ${name} to the controller within ${timeoutMs} ms: ${reason}`,
  )
}
