import { endpointOf } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { Broker } from './services.ts'
import type { TopicRef } from './topic-lookup.ts'

interface CurrentLeader {
  readonly leaderId: number
  readonly leaderEpoch: number
}

interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** True for errors that say "ask somebody else": the answer tells whom (KIP-951). */
export function asksForLeader(errorCode: number): boolean {
  return (
    errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER || errorCode === errorCodes.FENCED_LEADER_EPOCH
  )
}

/** The leaders that one answer tells of, and where they listen: so that a client needs no Metadata request to go there. */
export class LeaderHints {
  readonly #broker: Broker
  readonly #listenerName: string
  readonly #endpoints = new Map<number, NodeEndpoint>()

  constructor(broker: Broker, listenerName: string) {
    this.#broker = broker
    this.#listenerName = listenerName
  }

  /** Undefined when the newest metadata knows no leader. */
  leaderOf(topic: TopicRef, index: number): CurrentLeader | undefined {
    const { topics, cluster } = this.#broker.image()
    const image = 'topicId' in topic ? topics.byId(topic.topicId) : topics.byName(topic.name)
    const partition = image?.partitions[index]
    if (partition === undefined || partition.leader < 0) return undefined
    const { leader: leaderId, leaderEpoch } = partition
    const node = cluster.broker(leaderId)
    const endpoint = node === undefined ? undefined : endpointOf(node, this.#listenerName)
    if (node !== undefined && endpoint !== undefined) {
      const { host, port } = endpoint
      this.#endpoints.set(leaderId, { nodeId: leaderId, host, port, rack: node.rack })
    }
    return { leaderId, leaderEpoch }
  }

  endpoints(): NodeEndpoint[] {
    return [...this.#endpoints.values()]
  }
}
