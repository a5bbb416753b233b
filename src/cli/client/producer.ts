/**
 * Sends records to one topic in batches: one request at a time to each leader, in which every partition has one batch at most, so that
 * order needs no further care. Batches grow while an answer is awaited.
 */
import {
  errorCodes,
  InitProducerIdRequest,
  InitProducerIdResponse,
  isRetriable,
} from '../../protocol/index.ts'
import type { Codec } from '../../records/index.ts'
import type { ProducedRecord } from '../text/record.ts'
import { UsageError } from '../failure.ts'
import { Backoff } from './backoff.ts'
import { BatchQueue, estimateSize } from './batch-queue.ts'
import type { ProducerIdentity } from './batch-queue.ts'
import type { ClusterClient, TopicMetadata } from './cluster-client.ts'
import { checkError, KafkaError, mayPass } from './errors.ts'
import { partitionOfKey } from './partitioner.ts'
import { sendBatches } from './produce.ts'
import type { Acks, SentBatch } from './produce.ts'

/** As Apache Kafka's `delivery.timeout.ms`. */
const DELIVERY_MS = 120_000
const BUFFER_BYTES_MAX = 32 * 1024 * 1024
/** How long a record may wait for company. */
const LINGER_MS = 5
/** The batch limit of a topic is 1 MiB by default, of which headers take a little. */
const BATCH_BYTES = 1_000_000

export interface ProducerOptions {
  readonly acks: Acks
  readonly codec: Codec
  readonly compressionLevel: number | null
  /** `auto`: where the cluster allows it. */
  readonly idempotence: 'auto' | 'required' | 'off'
  /** A batch is where its leader has promised to keep it. `baseOffset` is -1 when the leader did not say. */
  readonly onAcked: (partition: number, baseOffset: number, recordCount: number) => void
}

export class Producer {
  readonly #client: ClusterClient
  readonly #options: ProducerOptions
  readonly #queues: readonly BatchQueue[]
  #topic: TopicMetadata
  #sender: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #bufferedBytes = 0
  #sticky = 0
  #failure: unknown = null
  #wakeRoom: () => void = () => {}

  private constructor(
    client: ClusterClient,
    topic: TopicMetadata,
    identity: ProducerIdentity | null,
    options: ProducerOptions,
  ) {
    this.#client = client
    this.#topic = topic
    this.#options = options
    const { codec, compressionLevel } = options
    const settings = { codec, compressionLevel, identity, batchBytes: BATCH_BYTES }
    this.#queues = topic.partitions.map((_, partition) => new BatchQueue(partition, settings))
    this.#sticky = Math.floor(Math.random() * this.#queues.length)
  }

  /** Finds the topic, which the cluster may create for it, and gets a producer id. */
  static async open(
    client: ClusterClient,
    topicName: string,
    options: ProducerOptions,
  ): Promise<Producer> {
    const topic = await client.topic(topicName, true)
    const identity = options.idempotence === 'off' ? null : await identify(client, options)
    return new Producer(client, topic, identity, options)
  }

  /** Takes a record. What goes wrong shows in {@link room} and {@link flush}. */
  add(record: ProducedRecord): void {
    const queue = this.#queueFor(record)
    const { key, value, headers, timestampMs = Date.now() } = record
    const draft = { key, value, headers, timestampMs }
    const sizeBytes = estimateSize(draft)
    const isFull = queue.add(draft, sizeBytes)
    this.#bufferedBytes += sizeBytes
    if (isFull) {
      if (queue.partition === this.#sticky) this.#stickElsewhere()
      this.#start()
    } else if (this.#sender === null) {
      this.#timer ??= setTimeout(() => this.#start(), LINGER_MS)
    }
  }

  /** Resolves when the buffer has room for more. Throws what made sending fail. */
  async room(): Promise<void> {
    while (this.#failure === null && this.#bufferedBytes >= BUFFER_BYTES_MAX) {
      await new Promise<void>((resolve) => {
        this.#wakeRoom = resolve
      })
    }
    this.#throwFailure()
  }

  /** Resolves when all that was added is acknowledged. Throws what made sending fail. */
  async flush(): Promise<void> {
    this.#throwFailure()
    while (this.#queues.some((queue) => !queue.isEmpty)) {
      this.#start()
      await this.#sender
      this.#throwFailure()
    }
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure
  }

  #queueFor({ key, partition }: ProducedRecord): BatchQueue {
    const count = this.#queues.length
    const number = partition ?? (key === null ? this.#sticky : partitionOfKey(key, count))
    const queue = this.#queues[number]
    if (queue !== undefined) return queue
    const name = this.#topic.name ?? ''
    throw new UsageError(`Cannot produce to partition ${number} of '${name}': it has ${count}`)
  }

  /** Records without a key go to one partition until its batch is full (KIP-480). */
  #stickElsewhere(): void {
    const count = this.#queues.length
    const step = count > 2 ? 1 + Math.floor(Math.random() * (count - 1)) : 1
    this.#sticky = (this.#sticky + step) % count
  }

  #start(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#failure !== null) return
    this.#sender ??= this.#sendAll()
      .catch((error: unknown) => {
        this.#failure = error
      })
      .finally(() => {
        this.#sender = null
        this.#wakeRoom()
      })
  }

  async #sendAll(): Promise<void> {
    const backoff = new Backoff(this.#client, DELIVERY_MS)
    while (this.#queues.some((queue) => !queue.isEmpty)) {
      const failure = await this.#sendRound()
      if (failure === null) {
        backoff.reset()
        continue
      }
      if (!mayPass(failure) || !(await backoff.pause())) throw failure
      await this.#refresh()
    }
  }

  /** One batch of every partition that has one. Returns what made some of them wait for another round. */
  async #sendRound(): Promise<unknown> {
    const byLeader = new Map<number, SentBatch[]>()
    for (const queue of this.#queues) {
      const batch = queue.head()
      if (batch === null) continue
      if (queue.partition === this.#sticky) this.#stickElsewhere()
      const leaderId = this.#leaderOf(queue.partition)
      const group = byLeader.get(leaderId)
      if (group === undefined) byLeader.set(leaderId, [{ partition: queue.partition, batch }])
      else group.push({ partition: queue.partition, batch })
    }
    const round = [...byLeader].map(([leaderId, group]) => this.#sendTo(leaderId, group))
    let failure: unknown = null
    for (const result of await Promise.allSettled(round)) {
      if (result.status === 'rejected') failure = worse(failure, result.reason)
    }
    return failure
  }

  #leaderOf(partition: number): number {
    const found = this.#topic.partitions.find(({ partitionIndex }) => partitionIndex === partition)
    return found?.leaderId ?? -1
  }

  async #sendTo(leaderId: number, batches: readonly SentBatch[]): Promise<void> {
    const node = await this.#client.node(leaderId)
    const { acks } = this.#options
    const results = await sendBatches(node, this.#topic, batches, acks, this.#client.timeoutMs)
    let failure: unknown = null
    for (const { partition, errorCode, baseOffset, message } of results) {
      const action = `produce to partition ${partition} of '${this.#topic.name ?? ''}'`
      if (errorCode === 0 || errorCode === errorCodes.DUPLICATE_SEQUENCE_NUMBER) {
        this.#finish(partition, errorCode === 0 ? baseOffset : -1)
      } else if (!this.#isSplit(partition, errorCode)) {
        failure = worse(failure, new KafkaError(errorCode, action, message))
      }
    }
    if (failure !== null) throw failure
  }

  #finish(partition: number, baseOffset: number): void {
    const queue = this.#queues[partition]
    if (queue === undefined) return
    const { recordCount, sizeBytes } = queue.shift()
    this.#bufferedBytes -= sizeBytes
    this.#options.onAcked(partition, baseOffset, recordCount)
    this.#wakeRoom()
  }

  #isSplit(partition: number, errorCode: number): boolean {
    const isTooLarge =
      errorCode === errorCodes.MESSAGE_TOO_LARGE || errorCode === errorCodes.RECORD_LIST_TOO_LARGE
    return isTooLarge && this.#queues[partition]?.split() === true
  }

  async #refresh(): Promise<void> {
    try {
      this.#topic = await this.#client.topic(this.#topic.name ?? '')
    } catch (error) {
      if (!mayPass(error)) throw error
    }
  }
}

/** The failure that cannot pass, if there is one. */
function worse(known: unknown, added: unknown): unknown {
  return known === null || mayPass(known) ? added : known
}

/** A producer id, with which the brokers recognise what is sent twice. Null: this cluster or user may not have one. */
async function identify(
  client: ClusterClient,
  { idempotence }: ProducerOptions,
): Promise<ProducerIdentity | null> {
  const backoff = new Backoff(client, client.timeoutMs)
  for (;;) {
    const node = await client.any()
    const isKnown = node.versionOf(InitProducerIdRequest) !== null
    if (!isKnown && idempotence === 'auto') return null
    const { errorCode, producerId, producerEpoch } = await node.send(
      InitProducerIdRequest,
      InitProducerIdResponse,
      { transactionalId: null, transactionTimeoutMs: 0 },
    )
    if (errorCode === 0) return { producerId, producerEpoch }
    const isDenied = errorCode === errorCodes.CLUSTER_AUTHORIZATION_FAILED
    if (isDenied && idempotence === 'auto') return null
    if (!isRetriable(errorCode) || !(await backoff.pause())) {
      checkError(errorCode, 'get a producer id')
    }
  }
}
