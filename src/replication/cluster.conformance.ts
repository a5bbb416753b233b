/** Brokers on simulated machines that replicate partitions among each other, under a controller that is a few lines of test code. */
import type { Machine, SimProcess } from '../../sim/index.ts'
import { World } from '../../sim/index.ts'
import type { WorldOptions } from '../../sim/index.ts'
import { BufferPool } from '../base/index.ts'
import type { Io } from '../io/index.ts'
import { LOG_CONFIG_DEFAULTS, LogManager } from '../log/index.ts'
import type { LogConfig } from '../log/index.ts'
import { BrokerSettings, emptyImage, ImageEditor, metadataRecord } from '../metadata/index.ts'
import type {
  MetadataDelta,
  MetadataImage,
  MetadataRecord,
  PartitionImage,
} from '../metadata/index.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../protocol/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { CheckedBatch } from '../records/index.ts'
import { buildBatch, readBatchHeader } from '../records/index.ts'
import { NodeConnection } from '../rpc/index.ts'
import { fetch } from '../server/handlers/01-fetch.ts'
import { listOffsets } from '../server/handlers/02-list-offsets.ts'
import { apiVersions } from '../server/handlers/18-api-versions.ts'
import { offsetForLeaderEpoch } from '../server/handlers/23-offset-for-leader-epoch.ts'
import { KafkaServer } from '../server/index.ts'
import type { Broker } from '../server/index.ts'
import type { Decoded, Draft } from '../wire/index.ts'
import { PendingAcks } from './acks.ts'
import { FetchSessions } from './fetch-session.ts'
import type { Acks } from './leader.ts'
import type { Partition } from './partition.ts'
import { Partitions } from './partitions.ts'
import type { TopicPolicy } from './policy.ts'

export const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAFw'
const PORT = 9092
const handlers = [fetch, listOffsets, apiVersions, offsetForLeaderEpoch]

export interface ClusterOptions extends WorldOptions {
  readonly nodeCount?: number
  readonly partitionCount?: number
  readonly minInsyncReplicas?: number
  /** Of the brokers, in order of their ids. */
  readonly racks?: readonly string[]
  readonly log?: Partial<LogConfig>
  readonly properties?: Readonly<Record<string, string>>
}

export function policyWith(log: Partial<LogConfig>, minInsyncReplicas: number): TopicPolicy {
  return {
    log: { ...LOG_CONFIG_DEFAULTS, ...log },
    minInsyncReplicas,
    produceRules: {
      maxMessageBytes: 1_000_000,
      segmentBytes: 1_000_000_000,
      timestampType: 'CreateTime',
      timestampBeforeMaxMs: Infinity,
      timestampAfterMaxMs: Infinity,
      compacted: false,
      compressionType: 'producer',
    },
  }
}

export function batchOf(value: string): CheckedBatch {
  const buffer = buildBatch([{ key: null, value: Buffer.from(value), timestampMs: 1 }], {})
  return { buffer, header: readBatchHeader(buffer, 0) }
}

/** One broker: a machine, and the process that runs on it. */
export class TestBroker {
  readonly id: number
  readonly machine: Machine
  readonly #cluster: TestCluster
  #starting: Promise<void> = Promise.resolve()
  image: MetadataImage = emptyImage
  brokerEpoch = -1
  process: SimProcess | null = null
  partitions: Partitions | null = null
  logs: LogManager | null = null

  constructor(cluster: TestCluster, id: number, machine: Machine) {
    this.id = id
    this.machine = machine
    this.#cluster = cluster
  }

  get isUp(): boolean {
    return this.process !== null && !this.process.isDead && this.partitions !== null
  }

  /** Resolves when it serves. */
  start(): Promise<void> {
    if (this.process?.isDead === false) return this.#starting
    if (!this.machine.isOn) this.machine.powerOn()
    this.partitions = null
    this.#starting = new Promise((resolve) => {
      this.process = this.machine.start('broker', async ({ io }) => {
        await this.#run(io)
        this.#cluster.controller.register(this)
        resolve()
      })
    })
    return this.#starting
  }

  async #run(io: Io): Promise<void> {
    const { options } = this.#cluster
    const policy = policyWith(options.log ?? {}, options.minInsyncReplicas ?? 1)
    io.disk.makeDirectory('/data')
    const logs = await LogManager.open(io, {
      dirs: ['/data'],
      clusterId: 'c',
      nodeId: this.id,
      format: true,
      configOf: () => policy.log,
    })
    const properties = new Map(Object.entries(options.properties ?? {}))
    const settings = new BrokerSettings(properties)
    this.image = emptyImage
    const buffers = new BufferPool(1_000_000)
    const partitions = new Partitions({
      nodeId: this.id,
      logs,
      clock: io.clock,
      telemetry: io.telemetry,
      policyOf: () => policy,
      image: () => this.image,
      settings: () => settings,
      brokerEpoch: () => this.brokerEpoch,
      alterPartition: (request) => this.#cluster.controller.alterPartition(io, request),
      assignReplicasToDirs: () => Promise.reject(new Error('Nobody wants to know')),
      connectTo: (id) =>
        NodeConnection.connect({
          network: io.network,
          clock: io.clock,
          host: this.#cluster.broker(id).machine.address,
          port: PORT,
          clientId: `broker-${this.id}`,
          buffers,
          timeoutMs: 5_000,
        }),
    })
    const services = {
      io,
      buffers,
      nodeId: this.id,
      clusterId: 'c',
      settings: {
        fetchBytesMax: 50_000_000,
        requestBytesMax: 100_000_000,
        requestMemoryBytesMax: 100_000_000,
        connectionsMax: 1000,
        connectionsPerHostMax: () => 1000,
        connectionsIdleMsMax: 600_000,
      },
      image: () => this.image,
      partitions,
      fetchSessions: new FetchSessions(100),
      served: handlers,
      brokerSettings: () => settings,
    } as unknown as Broker
    const server = new KafkaServer(services)
    const listeners = [{ name: 'PLAINTEXT', host: '0.0.0.0', port: PORT }]
    await server.open({ listeners, handlers, services }, { waits: false })
    this.partitions = partitions
    this.logs = logs
  }

  /** Takes metadata records, as the committed log delivers them. */
  take(records: readonly MetadataRecord[]): MetadataDelta {
    const editor = new ImageEditor(this.image)
    for (const record of records) editor.apply(record)
    const delta = editor.finish(this.image.provenance)
    this.image = delta.image
    this.partitions?.apply(delta)
    return delta
  }

  /** The partition, as far as this broker has it. */
  partition(index = 0): Partition {
    const topic = this.image.topics.byId(TOPIC_ID)
    const image = topic?.partitions[index]
    if (topic === undefined || image === undefined || this.partitions === null) {
      throw new Error(`Broker ${this.id} does not know partition ${index}`)
    }
    return this.partitions.get(topic, image)
  }
}

/** Decides at once and delivers with the network's delays; never fails, never forgets. */
export class TestController {
  readonly #cluster: TestCluster
  readonly #log: MetadataRecord[] = []
  readonly #delivered = new Map<SimProcess, number>()
  image: MetadataImage = emptyImage
  #nextBrokerEpoch = 100
  /** While set, AlterPartition is answered with this. */
  refuseWith: number | null = null
  /** While true, answers to AlterPartition are lost. */
  isSilent = false

  constructor(cluster: TestCluster) {
    this.#cluster = cluster
  }

  commit(...records: MetadataRecord[]): void {
    const editor = new ImageEditor(this.image)
    for (const record of records) editor.apply(record)
    this.image = editor.finish(this.image.provenance).image
    this.#log.push(...records)
    for (const broker of this.#cluster.brokers) this.#deliver(broker)
  }

  #deliver(broker: TestBroker): void {
    const { process } = broker
    if (process === null || !broker.isUp) return
    const end = this.#log.length
    this.#cluster.world.schedule(
      this.#cluster.delayMs() + (this.#cluster.metadataDelayMs.get(broker.id) ?? 0),
      `metadata to ${broker.id}`,
      () => {
        const from = this.#delivered.get(process) ?? 0
        if (from >= end) return
        this.#delivered.set(process, end)
        broker.take(this.#log.slice(from, end))
      },
      process,
    )
  }

  register(broker: TestBroker): void {
    broker.brokerEpoch = this.#nextBrokerEpoch++
    this.commit(
      metadataRecord('registerBroker', {
        brokerId: broker.id,
        incarnationId: TOPIC_ID,
        brokerEpoch: broker.brokerEpoch,
        endPoints: [],
        features: [],
        rack: this.#cluster.options.racks?.[broker.id - 1] ?? null,
        fenced: false,
        logDirs: [],
      }),
    )
    this.elect()
  }

  fence(broker: TestBroker): void {
    const epoch = this.image.cluster.broker(broker.id)?.epoch
    if (epoch === undefined) return
    this.commit(metadataRecord('fenceBroker', { id: broker.id, epoch }))
    this.elect()
  }

  /** The broker, which lives, is heard of again. */
  unfence({ id, brokerEpoch }: TestBroker): void {
    const broker = this.image.cluster.broker(id)
    if (broker?.fenced !== true || broker.epoch !== brokerEpoch) return
    this.commit(metadataRecord('unfenceBroker', { id, epoch: brokerEpoch }))
    this.elect()
  }

  /** Gives every partition a leader out of its ISR, and takes fenced brokers out of it unless they are the last. */
  elect(isUnclean = false): void {
    for (const partition of this.image.topics.byId(TOPIC_ID)?.partitions ?? []) {
      const isAlive = (id: number): boolean => this.image.cluster.isActive(id)
      let isr = partition.isr.filter(isAlive)
      if (isr.length === 0 && isUnclean) isr = partition.replicas.filter(isAlive).slice(0, 1)
      const leader = isr.includes(partition.leader) ? partition.leader : (isr[0] ?? -1)
      const hasChanged = isr.length > 0 && String(isr) !== String(partition.isr)
      if (leader === partition.leader && !hasChanged) continue
      this.change(partition.index, {
        ...(leader === partition.leader ? {} : { leader }),
        ...(hasChanged ? { isr } : {}),
      })
    }
  }

  change(
    partitionId: number,
    change: { leader?: number; isr?: number[]; replicas?: number[] },
  ): void {
    this.commit(metadataRecord('partitionChange', { partitionId, topicId: TOPIC_ID, ...change }))
  }

  async alterPartition(
    io: Io,
    request: Decoded<typeof AlterPartitionRequest>,
  ): Promise<Draft<typeof AlterPartitionResponse>> {
    const { delayMs } = this.#cluster
    await new Promise<void>((resolve) => io.clock.after(delayMs(), resolve))
    const topics = request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((asked) => this.#alter(request, asked)),
    }))
    if (this.isSilent) {
      await new Promise<void>((resolve) => io.clock.after(2_000, resolve))
      throw new Error('The controller did not answer in time')
    }
    await new Promise<void>((resolve) => io.clock.after(delayMs(), resolve))
    return { errorCode: 0, topics }
  }

  #alter(
    { brokerId }: Decoded<typeof AlterPartitionRequest>,
    asked: Decoded<typeof AlterPartitionRequest>['topics'][number]['partitions'][number],
  ): Draft<typeof AlterPartitionResponse>['topics'][number]['partitions'][number] {
    const { partitionIndex, newIsrWithEpochs } = asked
    const before = this.partition(partitionIndex)
    const answer = (errorCode: number, { leader, leaderEpoch, isr, partitionEpoch } = before) => ({
      partitionIndex,
      errorCode,
      leaderId: leader,
      leaderEpoch,
      isr: [...isr],
      partitionEpoch,
    })
    if (this.refuseWith !== null) return answer(this.refuseWith)
    if (before.leader !== brokerId || asked.leaderEpoch < before.leaderEpoch) {
      return answer(errorCodes.FENCED_LEADER_EPOCH)
    }
    if (asked.partitionEpoch < before.partitionEpoch) {
      return answer(errorCodes.INVALID_UPDATE_VERSION)
    }
    const isEligible = newIsrWithEpochs.every(({ brokerId: id, brokerEpoch }) => {
      const broker = this.image.cluster.broker(id)
      return this.image.cluster.isActive(id) && [-1, broker?.epoch].includes(brokerEpoch)
    })
    if (!isEligible) return answer(errorCodes.INELIGIBLE_REPLICA)
    this.change(partitionIndex, { isr: newIsrWithEpochs.map((one) => one.brokerId) })
    return answer(0, this.partition(partitionIndex))
  }

  partition(index = 0): PartitionImage {
    const partition = this.image.topics.partition(TOPIC_ID, index)
    if (partition === undefined) throw new Error(`There is no partition ${index}`)
    return partition
  }
}

/** All the bytes that a broker's log has, from its start to its end. */
export async function bytesOf(
  cluster: TestCluster,
  broker: TestBroker,
  index = 0,
): Promise<Buffer> {
  const { log } = broker.partition(index)
  const chunks: Buffer[] = []
  for (let offset = log.logStart; offset < log.logEnd;) {
    const options = { maxBytes: 1e6, offsetEndMax: log.logEnd, minOneBatch: true }
    const result = await cluster.world.settle(Promise.resolve(log.read(offset, options)))
    if (result.kind !== 'batches') throw new Error(`Cannot read at ${offset}: ${result.kind}`)
    chunks.push(Buffer.from(result.buffer))
    offset = result.offsetEnd
  }
  return Buffer.concat(chunks)
}

export class TestCluster {
  readonly options: ClusterOptions
  readonly world: World
  readonly brokers: readonly TestBroker[]
  readonly controller = new TestController(this)
  readonly delayMs: () => number
  /** How much later than others a broker hears of new metadata. */
  readonly metadataDelayMs = new Map<number, number>()

  constructor(options: ClusterOptions) {
    this.options = options
    this.world = new World(options)
    const prng = this.world.prng('metadata')
    this.delayMs = () => prng.int(1, 5)
    this.brokers = Array.from(
      { length: options.nodeCount ?? 3 },
      (_, i) => new TestBroker(this, i + 1, this.world.machine(`machine${i + 1}`)),
    )
  }

  broker(id: number): TestBroker {
    const broker = this.brokers[id - 1]
    if (broker === undefined) throw new Error(`There is no broker ${id}`)
    return broker
  }

  /** Starts all brokers, makes the topic, and waits until every partition has a leader. Broker 1 leads, all follow and are in sync. */
  async start(): Promise<void> {
    for (const broker of this.brokers) await this.world.settle(broker.start())
    const replicas = this.brokers.map(({ id }) => id)
    const { partitionCount = 1 } = this.options
    this.controller.commit(
      metadataRecord('topic', { name: 't', topicId: TOPIC_ID }),
      ...Array.from({ length: partitionCount }, (_, partitionId) =>
        metadataRecord('partition', {
          topicId: TOPIC_ID,
          partitionId,
          replicas,
          isr: replicas,
          addingReplicas: [],
          removingReplicas: [],
          leader: replicas[partitionId % replicas.length] ?? -1,
          leaderEpoch: 0,
          partitionEpoch: 0,
        }),
      ),
    )
    await this.world.run({ forMs: 20 })
  }

  /** Appends a record on the leader; resolves with 0 or the error code that its producer is told. */
  produce(broker: TestBroker, value: string, acks: Acks = -1, index = 0): Promise<number> {
    const { process } = broker
    if (process === null) throw new Error('The broker is not up')
    return new Promise((resolve) => {
      process.own({ die: () => resolve(errorCodes.NETWORK_EXCEPTION) })
      const partition = broker.partition(index)
      const appended = partition.append(batchOf(value), acks)
      if (!appended.ok) return resolve(appended.errorCode)
      if (appended.isAcked) return resolve(0)
      const pending = new PendingAcks()
      let code = 0
      const { offsetEnd } = appended
      pending.add({ partition, acks, offsetEnd, done: (errorCode) => (code = errorCode) })
      void pending.settled(process.io.clock, 30_000).then(() => resolve(code))
    })
  }

  /** Kills the process, or the whole machine's power, and lets the controller notice. */
  crash(broker: TestBroker, isPowerCut: boolean): void {
    if (isPowerCut) broker.machine.powerCut()
    else broker.process?.kill()
    broker.partitions = null
    this.controller.fence(broker)
  }
}
