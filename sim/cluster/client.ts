import type { SimProcess } from '../index.ts'
import { NodeConnection, RpcError } from '../../src/rpc/index.ts'
import type { SendOptions } from '../../src/rpc/index.ts'
import type { Message } from '../../src/wire/index.ts'
import type { Reply } from '../storage/client.ts'
import { KAFKA_PORT } from './profile.ts'

const CONNECT_MS = 1_000
const REQUEST_MS = 12_000

/** A client of the cluster: one connection to each node that it talks to, made anew after each loss. */
export class ClusterClient {
  readonly process: SimProcess
  /** Called on each answer before it is given back: the checkers' mutations hook in here. */
  onAnswer: <A>(answer: A) => A = (answer) => answer
  /** Called when an answer of that node has come. */
  onAnswered: (nodeId: number) => void = () => {}
  readonly #connections = new Map<number, NodeConnection>()

  constructor(process: SimProcess) {
    this.process = process
  }

  async send<A, Q>(
    nodeId: number,
    request: Message<unknown, Q>,
    response: Message<A, unknown>,
    draft: Q,
    options: SendOptions = {},
  ): Promise<Reply<A>> {
    const connection = await this.#connected(nodeId)
    if (connection === null) return { kind: 'notSent' }
    try {
      const answer = await connection.send(request, response, draft, {
        timeoutMs: REQUEST_MS,
        ...options,
      })
      this.onAnswered(nodeId)
      return { kind: 'answer', answer: this.onAnswer(answer) }
    } catch (error) {
      if (!(error instanceof RpcError) || error.code === 'BAD_RESPONSE') throw error
      if (error.code === 'UNSUPPORTED_VERSION') throw error
      // Who answers late answers nobody: the next request goes over another connection.
      connection.close()
      return { kind: 'unsure' }
    }
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.process.io.clock.after(delayMs, resolve))
  }

  async #connected(nodeId: number): Promise<NodeConnection | null> {
    const open = this.#connections.get(nodeId)
    if (open !== undefined && !open.isClosed) return open
    const { network, clock } = this.process.io
    try {
      const connection = await NodeConnection.connect({
        network,
        clock,
        host: `node${nodeId}`,
        port: KAFKA_PORT,
        clientId: this.process.name,
        timeoutMs: CONNECT_MS,
      })
      this.#connections.set(nodeId, connection)
      return connection
    } catch {
      return null
    }
  }
}
