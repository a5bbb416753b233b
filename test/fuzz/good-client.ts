/** A client that does everything right, while others do not: it produces, fetches and compares, and measures how long that takes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeIo } from '../../src/io/index.ts'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  errorName,
  FetchRequest,
  FetchResponse,
  MetadataRequest,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
} from '../../src/protocol/index.ts'
import { buildBatch, readRecords, wholeBatches } from '../../src/records/index.ts'
import { NodeConnection } from '../../src/rpc/index.ts'
import type { Uuid } from '../../src/base/index.ts'

const PAUSE_MS = 20
const TIMEOUT_MS = 30_000
const RECORDS_PER_BATCH = 3

/** Connects to the node as a client of this project does. */
export function connectTo(port: number): Promise<NodeConnection> {
  const { network, clock } = nodeIo()
  const to = { host: '127.0.0.1', port, clientId: 'good', timeoutMs: TIMEOUT_MS }
  return NodeConnection.connect({ network, clock, ...to })
}

/** Creates topics and returns their ids; throws when that is refused. */
export async function createTopics(
  connection: NodeConnection,
  topics: ReadonlyArray<{ name: string; partitions: number; configs?: Record<string, string> }>,
): Promise<ReadonlyArray<{ name: string; id: Uuid }>> {
  const answer = await connection.send(CreateTopicsRequest, CreateTopicsResponse, {
    timeoutMs: TIMEOUT_MS,
    validateOnly: false,
    topics: topics.map(({ name, partitions, configs = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
  })
  return answer.topics.map(({ name, topicId, errorCode, errorMessage }) => {
    if (errorCode !== 0) {
      throw new Error(`create ${name}: ${errorName(errorCode)} ${errorMessage}`)
    }
    return { name, id: topicId }
  })
}

export class GoodClient {
  readonly topic: string
  /** What went wrong; empty: nothing. */
  readonly problems: string[] = []
  readonly latenciesMs: number[] = []
  #topicId: Uuid = ''
  #connection: NodeConnection
  #isStopped = false
  #count = 0
  #offset = 0

  private constructor(topic: string, connection: NodeConnection) {
    this.topic = topic
    this.#connection = connection
  }

  static async start(port: number, topic: string): Promise<GoodClient> {
    const client = new GoodClient(topic, await connectTo(port))
    const configs = { 'min.insync.replicas': '1', 'compression.type': 'producer' }
    const [created] = await createTopics(client.#connection, [
      { name: topic, partitions: 1, configs },
    ])
    client.#topicId = created?.id ?? ''
    return client
  }

  /** Records that were produced, read back and found right. */
  get verified(): number {
    return this.#offset
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      const startMs = performance.now()
      try {
        await this.#once()
      } catch (error) {
        this.problems.push((error as Error).message)
        return
      }
      this.latenciesMs.push(performance.now() - startMs)
      await sleep(PAUSE_MS)
    }
  }

  stop(): void {
    this.#isStopped = true
  }

  close(): void {
    this.#connection.close()
  }

  async #once(): Promise<void> {
    const values = Array.from({ length: RECORDS_PER_BATCH }, () => `value ${this.#count++}`)
    const baseOffset = await this.#produce(values)
    if (baseOffset !== this.#offset) {
      throw new Error(`produced at ${baseOffset}, wanted ${this.#offset}`)
    }
    const found = await this.#fetch()
    if (found.join() !== values.join())
      throw new Error(`read ${found.join()}, wrote ${values.join()}`)
    this.#offset += values.length
    if (this.#count % (100 * RECORDS_PER_BATCH) === 0) await this.#askForMetadata()
  }

  async #produce(values: readonly string[]): Promise<number> {
    const now = Date.now()
    const records = buildBatch(
      values.map((value) => ({ key: null, value: Buffer.from(value), timestampMs: now })),
    )
    const answer = await this.#connection.send(ProduceRequest, ProduceResponse, {
      acks: -1,
      timeoutMs: TIMEOUT_MS,
      topicData: [
        { name: this.topic, topicId: this.#topicId, partitionData: [{ index: 0, records }] },
      ],
    })
    const result = answer.responses[0]?.partitionResponses[0]
    if (result?.errorCode !== 0) throw new Error(`produce: ${errorName(result?.errorCode ?? -1)}`)
    return result.baseOffset
  }

  async #fetch(): Promise<string[]> {
    const answer = await this.#connection.send(FetchRequest, FetchResponse, {
      maxWaitMs: 1000,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: this.topic,
          topicId: this.#topicId,
          partitions: [{ partition: 0, fetchOffset: this.#offset, partitionMaxBytes: 1_000_000 }],
        },
      ],
      forgottenTopicsData: [],
      rackId: '',
    })
    const part = answer.responses[0]?.partitions[0]
    if (part?.errorCode !== 0) throw new Error(`fetch: ${errorName(part?.errorCode ?? -1)}`)
    const bytes = part.records ?? Buffer.alloc(0)
    return [...wholeBatches(bytes)].flatMap((header) =>
      readRecords(bytes, header).map(({ value }) => String(value)),
    )
  }

  async #askForMetadata(): Promise<void> {
    const topics = [{ name: this.topic }]
    const answer = await this.#connection.send(MetadataRequest, MetadataResponse, { topics })
    if (answer.topics[0]?.errorCode !== 0) throw new Error('metadata: the topic is gone')
  }
}
