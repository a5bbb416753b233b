/**
 * What the commands need of a client: a connection to any node, to the leader of a partition, to a group's coordinator; against any Kafka
 * cluster, not only ours.
 */
import type { Io } from '../io/index.ts'
import {
  errorCodes,
  errorMessage,
  errorName,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  isRetriable,
  MetadataRequest,
  MetadataResponse,
} from '../protocol/index.ts'
import { NodeConnection } from '../rpc/index.ts'
import type { SendOptions } from '../rpc/index.ts'
import type { Decoded, Message } from '../wire/index.ts'

export type ClusterMetadata = Decoded<typeof MetadataResponse>
export type TopicMetadata = ClusterMetadata['topics'][number]

/** A Kafka error that a node answered. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  /** Kafka's name: `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly code: string

  constructor(errorCode: number, action: string, detail?: string | null) {
    super(`Cannot ${action}: ${detail ?? errorMessage(errorCode)} (${errorName(errorCode)})`)
    this.code = errorName(errorCode)
  }
}

/** Throws {@link KafkaError} unless `errorCode` is 0. */
export function checkError(errorCode: number, action: string, detail?: string | null): void {
  if (errorCode !== 0) throw new KafkaError(errorCode, action, detail)
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Reads `host:port,host:port`. The port defaults to 9092. Throws RangeError on anything else. */
export function parseBootstrap(text: string): Address[] {
  return text.split(',').map((part) => {
    const match = /^\s*(\[[^\]]+\]|[^:[\]\s]+)(?::(\d+))?\s*$/.exec(part)
    const port = Number(match?.[2] ?? 9092)
    if (match?.[1] === undefined || port < 1 || port > 65_535) {
      throw new RangeError(
        `Cannot read the bootstrap server '${part}': it must have the form host:port`,
      )
    }
    return { host: match[1].replace(/^\[|\]$/g, ''), port }
  })
}

/** Tries of a request that was answered with a retriable error, and the pause between them. */
const TRIES = 20
const RETRY_MS = 100

export class ClusterClient {
  readonly #io: Io
  readonly #bootstrap: readonly Address[]
  readonly #timeoutMs: number
  readonly #connections = new Map<string, Promise<NodeConnection>>()
  #nodes: ReadonlyMap<number, Address> = new Map()

  constructor(io: Io, bootstrap: readonly Address[], timeoutMs: number) {
    this.#io = io
    this.#bootstrap = bootstrap
    this.#timeoutMs = timeoutMs
  }

  /** A connection to some node that answers. */
  async any(): Promise<NodeConnection> {
    let failure: unknown
    for (const address of this.#bootstrap) {
      try {
        return await this.#connect(address)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  /** A connection to the node with this id, as the newest metadata places it. */
  async node(id: number): Promise<NodeConnection> {
    if (!this.#nodes.has(id)) await this.metadata([])
    const address = this.#nodes.get(id)
    if (address === undefined)
      throw new KafkaError(errorCodes.BROKER_NOT_AVAILABLE, `reach node ${id}`)
    return this.#connect(address)
  }

  /** @param topics names; null: all topics; empty: only the brokers */
  async metadata(
    topics: readonly string[] | null,
    allowAutoTopicCreation = false,
  ): Promise<ClusterMetadata> {
    const node = await this.any()
    const answer = await node.send(MetadataRequest, MetadataResponse, {
      topics: topics?.map((name) => ({ name })) ?? null,
      allowAutoTopicCreation,
    })
    this.#nodes = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    return answer
  }

  /** One topic with all its partitions led. Waits a little for leaders and for automatic creation. */
  async topic(name: string, allowAutoTopicCreation = false): Promise<TopicMetadata> {
    for (let attempt = 1; ; attempt++) {
      const { topics } = await this.metadata([name], allowAutoTopicCreation)
      const topic = topics[0]
      const errorCode = topic?.errorCode ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      const hasLeaders = topic?.partitions.every(({ leaderId }) => leaderId >= 0) === true
      if (topic !== undefined && errorCode === 0 && hasLeaders) return topic
      const isUnknown = errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      const mayPass =
        errorCode === 0 || (isUnknown ? allowAutoTopicCreation : isRetriable(errorCode))
      if (!mayPass || attempt === TRIES)
        checkError(errorCode || errorCodes.LEADER_NOT_AVAILABLE, `use topic '${name}'`)
      await this.pause(RETRY_MS)
    }
  }

  /** A connection to the coordinator of a group. */
  async coordinator(groupId: string): Promise<NodeConnection> {
    for (let attempt = 1; ; attempt++) {
      const node = await this.any()
      const batched = (node.versionOf(FindCoordinatorRequest as Message<unknown, never>) ?? 0) >= 4
      const answer = await node.send(FindCoordinatorRequest, FindCoordinatorResponse, {
        key: groupId,
        keyType: 0,
        coordinatorKeys: [groupId],
      })
      const found = batched ? answer.coordinators[0] : answer
      if (found?.errorCode === 0) return this.#connect({ host: found.host, port: found.port })
      const errorCode = found?.errorCode ?? errorCodes.COORDINATOR_NOT_AVAILABLE
      if (!isRetriable(errorCode) || attempt === TRIES) {
        checkError(errorCode, `find the coordinator of group '${groupId}'`, found?.errorMessage)
      }
      await this.pause(RETRY_MS)
    }
  }

  /** Sends to any node: for requests that every broker answers or forwards. */
  async send<T, D>(
    request: Message<unknown, D>,
    response: Message<T, unknown>,
    draft: D,
    options?: SendOptions,
  ): Promise<T> {
    return (await this.any()).send(request, response, draft, options)
  }

  pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#io.clock.after(durationMs, resolve)
    })
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.values()) {
      await connection.then(
        (node) => node.close(),
        () => {},
      )
    }
  }

  #connect(address: Address): Promise<NodeConnection> {
    const key = `${address.host}:${address.port}`
    const known = this.#connections.get(key)
    if (known !== undefined) return known
    const connecting = NodeConnection.connect({
      network: this.#io.network,
      clock: this.#io.clock,
      ...address,
      clientId: 'highwater-cli',
      timeoutMs: this.#timeoutMs,
    })
    this.#connections.set(key, connecting)
    connecting.then(
      (node) => node.onClosed(() => this.#connections.delete(key)),
      () => this.#connections.delete(key),
    )
    return connecting
  }
}
