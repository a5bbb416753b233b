/**
 * What the commands need of a client: a connection to any node, to the leader of a partition, to a group's coordinator; against any Kafka
 * cluster, not only ours.
 */
import type { Io } from '../../io/index.ts'
import {
  errorCodes,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  isRetriable,
  MetadataRequest,
  MetadataResponse,
} from '../../protocol/index.ts'
import { NodeConnection } from '../../rpc/index.ts'
import type { SendOptions } from '../../rpc/index.ts'
import type { Decoded, Message } from '../../wire/index.ts'
import { formatAddress } from './address.ts'
import type { Address } from './address.ts'
import { Backoff } from './backoff.ts'
import { checkError, KafkaError, UnreachableError } from './errors.ts'

export type ClusterMetadata = Decoded<typeof MetadataResponse>
export type TopicMetadata = ClusterMetadata['topics'][number]

export class ClusterClient {
  /** For connecting, for each request, and for all tries of one step together. */
  readonly timeoutMs: number
  readonly #io: Io
  readonly #bootstrap: readonly Address[]
  readonly #connections = new Map<string, Promise<NodeConnection>>()
  #nodes: ReadonlyMap<number, Address> = new Map()

  constructor(io: Io, bootstrap: readonly Address[], timeoutMs: number) {
    this.#io = io
    this.#bootstrap = bootstrap
    this.timeoutMs = timeoutMs
  }

  /** A connection to some node that answers. Throws {@link UnreachableError}. */
  async any(): Promise<NodeConnection> {
    const failures = new Map<string, Error>()
    for (const address of [...this.#bootstrap, ...this.#nodes.values()]) {
      const name = formatAddress(address)
      if (failures.has(name)) continue
      try {
        return await this.#connect(address)
      } catch (error) {
        failures.set(name, error as Error)
      }
    }
    throw new UnreachableError(explain(failures))
  }

  /** A connection to the node with this id, as the newest metadata places it. */
  async node(id: number): Promise<NodeConnection> {
    if (!this.#nodes.has(id)) await this.metadata([])
    const address = this.#nodes.get(id)
    if (address === undefined)
      throw new KafkaError(errorCodes.BROKER_NOT_AVAILABLE, `reach node ${id}`)
    try {
      return await this.#connect(address)
    } catch (error) {
      const where = formatAddress(address)
      const message = `Cannot reach node ${id}, which the cluster says listens on ${where}: ${(error as Error).message}`
      throw new UnreachableError(message, { cause: error })
    }
  }

  /** A connection to whatever listens there. */
  at(address: Address): Promise<NodeConnection> {
    return this.#connect(address)
  }

  /** A connection to the broker that takes changes: the controller, or one that passes them on to it. */
  async controller(): Promise<NodeConnection> {
    const { controllerId } = await this.metadata([])
    return controllerId >= 0 && this.#nodes.has(controllerId) ? this.node(controllerId) : this.any()
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
    checkError(answer.errorCode, 'read the metadata of the cluster')
    this.#nodes = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    return answer
  }

  /** One topic, at least one of whose partitions is led. Waits a little for leaders and for automatic creation. */
  async topic(name: string, allowAutoTopicCreation = false): Promise<TopicMetadata> {
    const backoff = new Backoff(this, this.timeoutMs)
    for (;;) {
      const { topics } = await this.metadata([name], allowAutoTopicCreation)
      const topic = topics[0]
      const errorCode = topic?.errorCode ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      const hasLeaders = topic?.partitions.some(({ leaderId }) => leaderId >= 0) === true
      if (topic !== undefined && errorCode === 0 && hasLeaders) return topic
      const isUnknown = errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      const mayCome =
        errorCode === 0 || (isUnknown ? allowAutoTopicCreation : isRetriable(errorCode))
      if (!mayCome || !(await backoff.pause()))
        checkError(errorCode || errorCodes.LEADER_NOT_AVAILABLE, `use topic '${name}'`)
    }
  }

  /**
   * A connection to the coordinator of a group.
   *
   * @param purpose one connection for each: a node answers in order, so what waits long would hold up the rest
   */
  async coordinator(groupId: string, purpose = ''): Promise<NodeConnection> {
    const backoff = new Backoff(this, this.timeoutMs)
    for (;;) {
      const node = await this.any()
      const batched = (node.versionOf(FindCoordinatorRequest) ?? 0) >= 4
      const answer = await node.send(FindCoordinatorRequest, FindCoordinatorResponse, {
        key: groupId,
        keyType: 0,
        coordinatorKeys: [groupId],
      })
      const found = batched ? answer.coordinators[0] : answer
      if (found?.errorCode === 0) {
        return this.#connect({ host: found.host, port: found.port }, purpose)
      }
      const errorCode = found?.errorCode ?? errorCodes.COORDINATOR_NOT_AVAILABLE
      if (!isRetriable(errorCode) || !(await backoff.pause())) {
        checkError(errorCode, `find the coordinator of group '${groupId}'`, found?.errorMessage)
      }
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

  /** Of the clock that only goes forward. */
  nowMs(): number {
    return this.#io.clock.monotonicMs()
  }

  /** Keeps the process alive, unlike the timers of the Clock seam: between two tries there may be no connection that does. */
  pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, durationMs)
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

  #connect(address: Address, purpose = ''): Promise<NodeConnection> {
    const key = `${formatAddress(address)} ${purpose}`
    const known = this.#connections.get(key)
    if (known !== undefined) return known
    const connecting = NodeConnection.connect({
      network: this.#io.network,
      clock: this.#io.clock,
      ...address,
      clientId: 'highwater-cli',
      timeoutMs: this.timeoutMs,
    })
    this.#connections.set(key, connecting)
    connecting.then(
      (node) => node.onClosed(() => this.#connections.delete(key)),
      () => this.#connections.delete(key),
    )
    return connecting
  }
}

/** Why no bootstrap server answered, and what to do about it. */
function explain(failures: ReadonlyMap<string, Error>): string {
  const reasons = [...failures].map(([address, error]) => reasonOf(address, error))
  const isRefused = [...failures.values()].some(
    (error) => (error as { code?: unknown }).code === 'REFUSED',
  )
  const advice = isRefused
    ? "Start a node with 'highwater start', or name another with --bootstrap host:port."
    : 'Name a reachable Kafka listener with --bootstrap host:port.'
  return `${reasons.join('\n')}\n${advice}`
}

function reasonOf(address: string, error: Error): string {
  if ((error as { code?: unknown }).code === 'REFUSED') return `Nothing listens on ${address}.`
  if (error.name !== 'RpcError') return `${error.message}.`
  return `${address} does not answer as a Kafka broker does: ${error.message}. Is it a listener with TLS or SASL, or another service?`
}
