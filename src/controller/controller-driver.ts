/**
 * Runs decisions: each is made on an image that has all earlier ones, committed or not, its records are appended in the same step of
 * the loop, and its answer waits until they, and everything that the decision saw, are committed and visible to the broker.
 */
import { randomUuid } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Entropy, Telemetry } from '../io/index.ts'
import { applyRecords, encodeRecord } from '../metadata/index.ts'
import type { BrokerSettings, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
  AlterConfigsRequest,
  AlterConfigsResponse,
  BrokerRegistrationRequest,
  BrokerRegistrationResponse,
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../protocol/index.ts'
import { QuorumError } from '../quorum/index.ts'
import type { Quorum } from '../quorum/index.ts'
import { activationRecords } from './activation.ts'
import { beginControlledShutdown, registerBroker, unfenceBroker } from './brokers.ts'
import type { BrokerAnswer } from './brokers.ts'
import { alterConfigs, incrementalAlterConfigs, refuseAlterConfigs } from './configs.ts'
import { createPartitions, refuseCreatePartitions } from './create-partitions.ts'
import { createTopics, refuseCreateTopics } from './create-topics.ts'
import type {
  ApiError,
  ControllerContext,
  Decision,
  RequestInfo,
  RequestOf,
  ResponseOf,
} from './decision.ts'
import { deleteTopics, refuseDeleteTopics } from './delete-topics.ts'
import { topicSpec } from './internal-topics.ts'
import type { TopicSpec } from './internal-topics.ts'
import { allocateProducerIds, refuseProducerIds } from './producer-ids.ts'

export interface ControllerOptions {
  readonly clusterId: Uuid
  readonly nodeId: number
  /** This node's configuration file, checked. */
  readonly broker: BrokerSettings
  /** What an empty metadata log begins with: `readBootstrapRecords` of the quorum room. */
  readonly bootstrap: readonly MetadataRecord[]
}

/** The committed metadata as this node has folded it; `MetadataLoader` is one. */
export interface CommittedMetadata {
  readonly image: MetadataImage
  /** Of the last record taken in; beyond the image's while a metadata transaction is open. */
  readonly offsetLast: number
}

export interface ControllerDeps {
  readonly entropy: Entropy
  readonly telemetry: Telemetry
}

type DecisionLog = Pick<Quorum, 'nextOffset' | 'append' | 'whenCommitted'>

interface Operation<T> {
  /** For the log. */
  readonly name: string
  readonly principal: string
  readonly decide: (image: MetadataImage, context: ControllerContext) => Decision<T>
  /** The answer when the records cannot be written for a reason that passes or lies with the request. */
  readonly refuse: (error: ApiError) => T
}

/** Who acts when it is no client. */
const BROKER = 'broker'
/** Divisible decisions are written in batches of this many records. */
const RECORDS_PER_BATCH = 5000

export class Controller {
  readonly #deps: ControllerDeps
  readonly #quorum: DecisionLog
  readonly #options: ControllerOptions
  /** With everything appended so far. Nobody else writes metadata records, so it never has to go back. */
  #image: MetadataImage
  /** {@link ControllerOptions.broker} with the dynamic values that it was last made for. */
  #broker: BrokerSettings
  #dynamic: readonly [own: ReadonlyMap<string, string>, ofAll: ReadonlyMap<string, string>] | null =
    null

  private constructor(
    deps: ControllerDeps,
    quorum: DecisionLog,
    options: ControllerOptions,
    image: MetadataImage,
  ) {
    this.#deps = deps
    this.#quorum = quorum
    this.#options = options
    this.#broker = options.broker
    this.#image = image
  }

  /**
   * Makes the leader of the quorum the active controller; resolves when the log has its first records.
   *
   * @param metadata what the quorum's listener has folded so far
   * @throws QuorumError
   */
  static async activate(
    deps: ControllerDeps,
    quorum: DecisionLog,
    { image, offsetLast }: CommittedMetadata,
    options: ControllerOptions,
  ): Promise<Controller> {
    const controller = new Controller(deps, quorum, options, image)
    const isTransactionOpen = offsetLast > image.provenance.offsetLast
    const { bootstrap, broker } = options
    const records = activationRecords(image, isTransactionOpen, bootstrap, broker)
    if (records.length > 0) controller.#write(records)
    await quorum.whenCommitted()
    return controller
  }

  createTopics(
    request: RequestOf<typeof CreateTopicsRequest>,
    { principal }: RequestInfo,
  ): Promise<ResponseOf<typeof CreateTopicsResponse>> {
    return this.#run({
      name: 'CreateTopics',
      principal,
      decide: (image, context) => createTopics(image, request, context),
      refuse: (error) => refuseCreateTopics(request, error),
    })
  }

  deleteTopics(
    request: RequestOf<typeof DeleteTopicsRequest>,
    info: RequestInfo,
  ): Promise<ResponseOf<typeof DeleteTopicsResponse>> {
    return this.#run({
      name: 'DeleteTopics',
      principal: info.principal,
      decide: (image, context) => deleteTopics(image, request, context, info),
      refuse: (error) => refuseDeleteTopics(request, error),
    })
  }

  createPartitions(
    request: RequestOf<typeof CreatePartitionsRequest>,
    { principal }: RequestInfo,
  ): Promise<ResponseOf<typeof CreatePartitionsResponse>> {
    return this.#run({
      name: 'CreatePartitions',
      principal,
      decide: (image, context) => createPartitions(image, request, context),
      refuse: (error) => refuseCreatePartitions(request, error),
    })
  }

  alterConfigs(
    request: RequestOf<typeof AlterConfigsRequest>,
    { principal }: RequestInfo,
  ): Promise<ResponseOf<typeof AlterConfigsResponse>> {
    return this.#run({
      name: 'AlterConfigs',
      principal,
      decide: (image, context) => alterConfigs(image, request, context),
      refuse: (error) => refuseAlterConfigs(request, error),
    })
  }

  incrementalAlterConfigs(
    request: RequestOf<typeof IncrementalAlterConfigsRequest>,
    { principal }: RequestInfo,
  ): Promise<ResponseOf<typeof IncrementalAlterConfigsResponse>> {
    return this.#run({
      name: 'IncrementalAlterConfigs',
      principal,
      decide: (image, context) => incrementalAlterConfigs(image, request, context),
      refuse: (error) => refuseAlterConfigs(request, error),
    })
  }

  /**
   * Makes sure that a topic exists: one of the cluster's own, or one that a client named where it may be created by itself. Resolves with
   * an error code; 0 also when it was there already.
   */
  async ensureTopic(name: string): Promise<number> {
    const request = creationRequest(topicSpec(name, this.#brokerSettings()))
    const info = { apiVersion: 7, principal: BROKER }
    const { topics } = await this.createTopics(request, info)
    const errorCode = topics[0]?.errorCode ?? errorCodes.UNKNOWN_SERVER_ERROR
    return errorCode === errorCodes.TOPIC_ALREADY_EXISTS ? errorCodes.NONE : errorCode
  }

  registerBroker(
    request: RequestOf<typeof BrokerRegistrationRequest>,
  ): Promise<ResponseOf<typeof BrokerRegistrationResponse>> {
    return this.#run({
      name: 'BrokerRegistration',
      principal: BROKER,
      decide: (image, context) => registerBroker(image, request, context),
      refuse: ({ code }) => ({ errorCode: code }),
    })
  }

  /** The broker has caught up with the log and is ready to lead. */
  unfenceBroker(brokerId: number, brokerEpoch: number): Promise<BrokerAnswer> {
    return this.#run({
      name: 'unfencing',
      principal: BROKER,
      decide: (image) => unfenceBroker(image, brokerId, brokerEpoch),
      refuse: ({ code }) => ({ errorCode: code }),
    })
  }

  /** The broker is about to stop. */
  beginControlledShutdown(brokerId: number, brokerEpoch: number): Promise<BrokerAnswer> {
    return this.#run({
      name: 'controlled shutdown',
      principal: BROKER,
      decide: (image) => beginControlledShutdown(image, brokerId, brokerEpoch),
      refuse: ({ code }) => ({ errorCode: code }),
    })
  }

  allocateProducerIds(
    request: RequestOf<typeof AllocateProducerIdsRequest>,
  ): Promise<ResponseOf<typeof AllocateProducerIdsResponse>> {
    return this.#run({
      name: 'AllocateProducerIds',
      principal: BROKER,
      decide: (image) => allocateProducerIds(image, request),
      refuse: ({ code }) => refuseProducerIds(code),
    })
  }

  async #run<T>(operation: Operation<T>): Promise<T> {
    const { records, response, divisible = false } = operation.decide(this.#image, this.#context())
    try {
      const step = divisible ? RECORDS_PER_BATCH : Math.max(records.length, 1)
      for (let i = 0; i < records.length; i += step) this.#write(records.slice(i, i + step))
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === null) throw error
      return operation.refuse(refusal)
    }
    // Also without records: the answer may rest on what others appended just now.
    await this.#quorum.whenCommitted()
    if (records.length > 0) this.#report(operation, records.length)
    return response
  }

  /** Appends one batch. Applied first: what the image cannot take must never reach the log. */
  #write(records: readonly MetadataRecord[]): void {
    const image = applyRecords(this.#image, records)
    const { metadataVersion } = image.features
    this.#quorum.append(records.map((record) => encodeRecord(record, metadataVersion)))
    this.#image = image
  }

  #context(): ControllerContext {
    const { entropy } = this.#deps
    return {
      clusterId: this.#options.clusterId,
      broker: this.#brokerSettings(),
      nextOffset: this.#quorum.nextOffset,
      random: () => entropy.random(),
      newUuid: () => randomUuid((size) => entropy.randomBytes(size)),
    }
  }

  #brokerSettings(): BrokerSettings {
    const own = this.#image.configs.ofBroker(this.#options.nodeId)
    const ofAll = this.#image.configs.ofDefaultBroker()
    if (this.#dynamic?.[0] !== own || this.#dynamic[1] !== ofAll) {
      this.#dynamic = [own, ofAll]
      this.#broker = this.#options.broker.withDynamic(own, ofAll)
    }
    return this.#broker
  }

  #report({ name, principal }: Operation<unknown>, count: number): void {
    const message = `Wrote ${count} metadata record(s) for ${name} by ${principal}`
    this.#deps.telemetry.log('info', 'controller.wrote', message, { name, principal, count })
  }
}

function creationRequest(spec: TopicSpec): RequestOf<typeof CreateTopicsRequest> {
  const { name, partitionCount, replicationFactor, configs } = spec
  const topic = {
    name,
    numPartitions: partitionCount,
    replicationFactor,
    assignments: [],
    configs: Array.from(configs, ([name, value]) => ({ name, value })),
  }
  return { topics: [topic], timeoutMs: 0, validateOnly: false }
}

/** Null: the quorum is of no more use, and so is this controller. */
function refusalOf(error: unknown): ApiError | null {
  if (!(error instanceof QuorumError)) return null
  if (error.code === 'TOO_LARGE') {
    return { code: errorCodes.POLICY_VIOLATION, message: error.message }
  }
  if (error.code === 'NO_SPACE') {
    return { code: errorCodes.KAFKA_STORAGE_ERROR, message: error.message }
  }
  return null
}
