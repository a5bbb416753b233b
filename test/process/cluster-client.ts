/** A client of a few requests that follows leaders from node to node, for tests that stop and kill nodes: one topic, one partition, one record at a time. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeIo } from '../../src/io/index.ts'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  errorCodes,
  FetchRequest,
  FetchResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  MetadataRequest,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
} from '../../src/protocol/index.ts'
import { buildBatch, readRecords, wholeBatches } from '../../src/records/index.ts'
import { NodeConnection } from '../../src/rpc/index.ts'
import type { HighwaterCluster } from '../harness/cluster.ts'
import { eventually } from '../harness/suite.ts'

const TIMEOUT_MS = 10_000
const PATIENCE_MS = 20_000
const TOPIC_RESOURCE = 2
const SET = 0
const { network, clock } = nodeIo({ telemetry: { level: 'error' } })

/** What a node knows of partition 0 of a topic. */
export interface PartitionState {
  readonly topicId: string
  /** -1: none */
  readonly leader: number
  readonly isr: readonly number[]
}

export interface TopicOptions {
  /** The nodes that get a replica, the preferred leader first. */
  readonly replicas: readonly number[]
  readonly configs?: Readonly<Record<string, string>>
}

export class ClusterClient {
  readonly #cluster: HighwaterCluster
  readonly #connections = new Map<number, NodeConnection>()

  constructor(cluster: HighwaterCluster) {
    this.#cluster = cluster
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close()
  }

  async createTopic(name: string, { replicas, configs = {} }: TopicOptions): Promise<void> {
    const topic = {
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: [...replicas] }],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    const node = await this.#anyNode()
    const { topics } = await node.send(CreateTopicsRequest, CreateTopicsResponse, {
      topics: [topic],
      timeoutMs: TIMEOUT_MS,
    })
    if (topics[0]?.errorCode !== 0) throw new Error(`create ${name}: ${topics[0]?.errorMessage}`)
    await this.whenInSync(name, replicas)
  }

  async alterTopic(name: string, key: string, value: string): Promise<void> {
    const node = await this.#anyNode()
    const { responses } = await node.send(
      IncrementalAlterConfigsRequest,
      IncrementalAlterConfigsResponse,
      {
        resources: [
          {
            resourceType: TOPIC_RESOURCE,
            resourceName: name,
            configs: [{ name: key, configOperation: SET, value }],
          },
        ],
        validateOnly: false,
      },
    )
    if (responses[0]?.errorCode !== 0) throw new Error(`${key}: ${responses[0]?.errorMessage}`)
  }

  async state(topic: string): Promise<PartitionState> {
    const node = await this.#anyNode()
    const { topics } = await node.send(MetadataRequest, MetadataResponse, {
      topics: [{ name: topic }],
      allowAutoTopicCreation: false,
    })
    const [found] = topics
    const partition = found?.partitions[0]
    if (found === undefined || partition === undefined) throw new Error(`${topic}: not known`)
    return { topicId: found.topicId, leader: partition.leaderId, isr: partition.isrNodes }
  }

  /** Waits until the partition has exactly these in-sync replicas, and a leader among them. */
  whenInSync(topic: string, ids: readonly number[]): Promise<PartitionState> {
    const wanted = textOf(ids)
    return eventually(
      `${topic} in sync on ${wanted}`,
      async () => {
        const state = await this.state(topic)
        if (textOf(state.isr) === wanted && ids.includes(state.leader)) return state
        throw new Error(`leader ${state.leader}, in sync ${state.isr.join()}`)
      },
      PATIENCE_MS,
    )
  }

  /** Writes one record with acks=all to whoever leads now; the error code of the answer. */
  async write(topic: string, value: string, timeoutMs = TIMEOUT_MS): Promise<number> {
    const { leader, topicId } = await this.state(topic)
    if (leader < 0) return errorCodes.LEADER_NOT_AVAILABLE
    const records = buildBatch([{ key: null, value: Buffer.from(value), timestampMs: Date.now() }])
    const node = await this.#node(leader)
    const { responses } = await node.send(ProduceRequest, ProduceResponse, {
      acks: -1,
      timeoutMs,
      topicData: [{ name: topic, topicId, partitionData: [{ index: 0, records }] }],
    })
    return responses[0]?.partitionResponses[0]?.errorCode ?? -1
  }

  /** Writes one record until it is acknowledged; refused before it was appended, it is sent again. */
  async mustWrite(topic: string, value: string): Promise<void> {
    await eventually(
      `an acknowledgement of "${value}"`,
      async () => {
        const code = await this.write(topic, value)
        if (code === 0) return true
        throw new Error(`error ${code}`)
      },
      PATIENCE_MS,
    )
  }

  /** All values that consumers may read, from a leader. */
  async read(topic: string): Promise<string[]> {
    const values: string[] = []
    for (let offset = 0; ;) {
      const { records, highWatermark } = await this.#fetch(topic, offset)
      for (const header of wholeBatches(records)) {
        for (const { value } of readRecords(records, header)) values.push(String(value))
      }
      offset = values.length
      if (offset >= highWatermark) return values
    }
  }

  #fetch(topic: string, fetchOffset: number): Promise<{ records: Buffer; highWatermark: number }> {
    return eventually(
      `records of ${topic} from ${fetchOffset}`,
      async () => {
        const { leader, topicId } = await this.state(topic)
        const node = await this.#node(leader)
        const { responses } = await node.send(FetchRequest, FetchResponse, {
          maxWaitMs: 100,
          minBytes: 0,
          topics: [
            { topicId, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] },
          ],
        })
        const found = responses[0]?.partitions[0]
        if (found?.errorCode !== 0) throw new Error(`error ${found?.errorCode}`)
        return { records: found.records ?? Buffer.alloc(0), highWatermark: found.highWatermark }
      },
      PATIENCE_MS,
    )
  }

  /** A connection to some node that runs. */
  async #anyNode(): Promise<NodeConnection> {
    const running = this.#cluster.nodes.filter(({ isRunning }) => isRunning)
    for (const { id } of running) {
      const connection = await this.#node(id).catch(() => null)
      if (connection !== null) return connection
      await sleep(20)
    }
    throw new Error('connect: no node answers')
  }

  async #node(id: number): Promise<NodeConnection> {
    const known = this.#connections.get(id)
    if (known !== undefined && !known.isClosed) return known
    const { host, port } = this.#cluster.node(id)
    const to = { host, port, clientId: 'cluster-test', timeoutMs: TIMEOUT_MS }
    const connection = await NodeConnection.connect({ network, clock, ...to })
    this.#connections.set(id, connection)
    return connection
  }
}

function textOf(ids: readonly number[]): string {
  return ids.toSorted((a, b) => a - b).join()
}
