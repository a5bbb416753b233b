import type { SimProcess } from '../index.ts'
import { NodeConnection, RpcError } from '../../src/rpc/index.ts'
import type { SendOptions } from '../../src/rpc/index.ts'
import type { Message } from '../../src/wire/index.ts'

const CONNECT_MS = 2_000
const REQUEST_MS = 15_000

export type Reply<A> =
  | { readonly kind: 'answer'; readonly answer: A }
  /** Nothing left this client. */
  | { readonly kind: 'notSent' }
  /** It may have taken effect. */
  | { readonly kind: 'unsure' }

/** A client that connects when it needs to, and again after each loss. */
export class SimClient {
  readonly process: SimProcess
  /** Called on each answer before it is given back: the checkers' mutations hook in here. */
  onAnswer: <A>(answer: A) => A = (answer) => answer
  /** Called when an answer has come. */
  onAnswered: () => void = () => {}
  #connection: NodeConnection | null = null

  constructor(process: SimProcess) {
    this.process = process
  }

  async send<A, Q>(
    request: Message<unknown, Q>,
    response: Message<A, unknown>,
    draft: Q,
    options: SendOptions = {},
  ): Promise<Reply<A>> {
    const connection = await this.#connected()
    if (connection === null) return { kind: 'notSent' }
    try {
      const answer = await connection.send(request, response, draft, {
        timeoutMs: REQUEST_MS,
        ...options,
      })
      this.onAnswered()
      return { kind: 'answer', answer: this.onAnswer(answer) }
    } catch (error) {
      if (error instanceof RpcError && error.code !== 'BAD_RESPONSE') {
        if (error.code === 'UNSUPPORTED_VERSION') throw error
        return { kind: 'unsure' }
      }
      throw error
    }
  }

  /** For requests that get no answer. False: nothing left this client. */
  async sendUnanswered<Q>(request: Message<unknown, Q>, draft: Q): Promise<boolean> {
    const connection = await this.#connected()
    connection?.sendUnanswered(request, draft)
    return connection !== null
  }

  close(): void {
    this.#connection?.close()
    this.#connection = null
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.process.io.clock.after(delayMs, resolve))
  }

  async #connected(): Promise<NodeConnection | null> {
    if (this.#connection !== null && !this.#connection.isClosed) return this.#connection
    const { network, clock } = this.process.io
    try {
      this.#connection = await NodeConnection.connect({
        network,
        clock,
        host: 'node',
        port: 9092,
        clientId: this.process.name,
        timeoutMs: CONNECT_MS,
      })
      return this.#connection
    } catch {
      return null
    }
  }
}
