/**
 * The cluster's controller as one of its nodes has it: active while the node leads the metadata quorum, otherwise it answers
 * NOT_CONTROLLER. One method for each request; what they decide is in one file per subject.
 */
import { errorCodes } from '../protocol/index.ts'
import type { BrokerHeartbeatResponse } from '../protocol/index.ts'
import { QuorumError } from '../quorum/index.ts'
import { ActiveController, notController } from './active-controller-driver.ts'
import type {
  CommittedMetadata,
  ControllerDeps,
  ControllerOptions,
  DecisionLog,
  Operation,
} from './active-controller-driver.ts'
import { alterPartition, refuseAlterPartition } from './alter-partition.ts'
import { assignReplicasToDirs, refuseAssignReplicas } from './assign-directories.ts'
import { brokerEpochError } from './broker-epoch.ts'
import type { ClusterController } from './cluster-controller.ts'
import { alterConfigs, incrementalAlterConfigs, refuseAlterConfigs } from './configs.ts'
import { createPartitions, refuseCreatePartitions } from './create-partitions.ts'
import { createTopics, refuseCreateTopics } from './create-topics.ts'
import type { Decision, RequestInfo, ResponseOf } from './decision.ts'
import { deleteTopics, refuseDeleteTopics } from './delete-topics.ts'
import { electLeaders, refuseElectLeaders } from './elect-leaders.ts'
import { heartbeat, refuseHeartbeat } from './heartbeat.ts'
import type { HeartbeatDecision } from './heartbeat.ts'
import { Housekeeping } from './housekeeping-driver.ts'
import { ensureTopicRequest } from './internal-topics.ts'
import { allocateProducerIds, refuseProducerIds } from './producer-ids.ts'
import {
  alterPartitionReassignments,
  listPartitionReassignments,
  refuseAlterReassignments,
  refuseListReassignments,
} from './reassignments.ts'
import { registerBroker } from './register-broker.ts'
import { refuseRegisterController, registerController } from './register-controller.ts'
import { refuseUnregisterBroker, unregisterBroker } from './unregister-broker.ts'
import { refuseUpdateFeatures, updateFeatures } from './update-features.ts'

/** Who acts when it is no client. */
const BROKER = 'broker'

const BY_BROKER: RequestInfo = { apiVersion: 7, principal: BROKER }

/** What there is only while this node leads. */
interface Leadership {
  readonly epoch: number
  readonly active: ActiveController
  readonly housekeeping: Housekeeping
  /** Offset of the newest registration of a broker that this leader has written; earlier ones are at the broker's epoch. */
  readonly registeredOffsets: Map<number, number>
}

export class Controller implements ClusterController {
  readonly #deps: ControllerDeps
  readonly #quorum: DecisionLog
  readonly #metadata: CommittedMetadata
  readonly #options: ControllerOptions
  #leadership: Leadership | null = null

  /** @param metadata what the quorum's listener has folded so far; read anew with each leadership */
  constructor(
    deps: ControllerDeps,
    quorum: DecisionLog,
    metadata: CommittedMetadata,
    options: ControllerOptions,
  ) {
    this.#deps = deps
    this.#quorum = quorum
    this.#metadata = metadata
    this.#options = options
  }

  get isActive(): boolean {
    return this.#leadership !== null
  }

  /**
   * This node leads the quorum, and its metadata is complete up to the beginning of the epoch. Every broker that is not fenced has a full
   * session from now on.
   *
   * @throws QuorumError other than `NOT_LEADER`
   */
  lead(epoch: number): void {
    this.resign()
    const { clock, telemetry } = this.#deps
    const onLost = (): void => {
      if (this.#leadership?.active === active) this.resign()
    }
    const active = new ActiveController(
      this.#deps,
      this.#quorum,
      this.#metadata,
      this.#options,
      onLost,
    )
    const hasOthers = (): boolean => this.#quorum.voters.length > 1
    const housekeeping = new Housekeeping(clock, active, this.#options.broker, hasOthers)
    this.#leadership = { epoch, active, housekeeping, registeredOffsets: new Map() }
    telemetry.log('info', 'controller.active', `Became the active controller in epoch ${epoch}`)
    try {
      active.activate(this.#metadata)
    } catch (error) {
      if (!(error instanceof QuorumError) || error.code !== 'NOT_LEADER') throw error
      onLost()
    }
  }

  /** This node does not lead any more. Who waits for an answer gets NOT_CONTROLLER, because the quorum rejects what it had appended. */
  resign(): void {
    const { telemetry } = this.#deps
    if (this.#leadership === null) return
    const { epoch, housekeeping } = this.#leadership
    this.#leadership = null
    housekeeping.stop()
    telemetry.log(
      'info',
      'controller.resigned',
      `Resigned as the active controller of epoch ${epoch}`,
    )
  }

  /** The broker's process is known to be dead: its partitions get other leaders at once. Wrong reports heal with its next heartbeat. */
  brokerUnreachable(brokerId: number, brokerEpoch: number): void {
    this.#leadership?.housekeeping.fence(brokerId, brokerEpoch, 'whose process is gone')
  }

  readonly createTopics: ClusterController['createTopics'] = (request, info) => {
    return this.#run({
      name: 'CreateTopics',
      principal: info.principal,
      decide: (image, context) => createTopics(image, request, context),
      refuse: (error) => refuseCreateTopics(request, error),
    })
  }

  readonly deleteTopics: ClusterController['deleteTopics'] = (request, info) => {
    return this.#run({
      name: 'DeleteTopics',
      principal: info.principal,
      decide: (image, context) => deleteTopics(image, request, context, info),
      refuse: (error) => refuseDeleteTopics(request, error),
    })
  }

  readonly createPartitions: ClusterController['createPartitions'] = (request, info) => {
    return this.#run({
      name: 'CreatePartitions',
      principal: info.principal,
      decide: (image, context) => createPartitions(image, request, context),
      refuse: (error) => refuseCreatePartitions(request, error),
    })
  }

  readonly alterConfigs: ClusterController['alterConfigs'] = (request, info) => {
    return this.#run({
      name: 'AlterConfigs',
      principal: info.principal,
      decide: (image, context) => alterConfigs(image, request, context),
      refuse: (error) => refuseAlterConfigs(request, error),
    })
  }

  readonly incrementalAlterConfigs: ClusterController['incrementalAlterConfigs'] = (
    request,
    info,
  ) => {
    return this.#run({
      name: 'IncrementalAlterConfigs',
      principal: info.principal,
      decide: (image, context) => incrementalAlterConfigs(image, request, context),
      refuse: (error) => refuseAlterConfigs(request, error),
    })
  }

  readonly electLeaders: ClusterController['electLeaders'] = (request, info) => {
    return this.#run({
      name: 'ElectLeaders',
      principal: info.principal,
      decide: (image, context) => electLeaders(image, request, context),
      refuse: (error) => refuseElectLeaders(request, error.code),
    })
  }

  readonly alterPartitionReassignments: ClusterController['alterPartitionReassignments'] = (
    request,
    info,
  ) => {
    return this.#run({
      name: 'AlterPartitionReassignments',
      principal: info.principal,
      decide: (image, context) => alterPartitionReassignments(image, request, context),
      refuse: (error) => refuseAlterReassignments(request, error),
    })
  }

  readonly listPartitionReassignments: ClusterController['listPartitionReassignments'] = (
    request,
    info,
  ) => {
    return this.#run({
      name: 'ListPartitionReassignments',
      principal: info.principal,
      decide: (image) => ({ records: [], response: listPartitionReassignments(image, request) }),
      refuse: refuseListReassignments,
    })
  }

  readonly updateFeatures: ClusterController['updateFeatures'] = (request, info) => {
    return this.#run({
      name: 'UpdateFeatures',
      principal: info.principal,
      decide: (image, context) => updateFeatures(image, request, context, info, this.#voterIds()),
      refuse: refuseUpdateFeatures,
    })
  }

  readonly unregisterBroker: ClusterController['unregisterBroker'] = (request, info) => {
    return this.#run({
      name: 'UnregisterBroker',
      principal: info.principal,
      decide: (image, context) => unregisterBroker(image, request, context),
      refuse: (error) => refuseUnregisterBroker(error),
    })
  }

  readonly registerBroker: ClusterController['registerBroker'] = (request) => {
    const leadership = this.#leadership
    return this.#run({
      name: `registering broker ${request.brokerId}`,
      principal: BROKER,
      decide: (image, context) =>
        registerBroker(
          image,
          request,
          context,
          (id, epoch) => leadership?.active.sessions.isInSession(id, epoch) === true,
        ),
      refuse: ({ code }) => ({ errorCode: code }),
      appended: ({ records }, offsetLast) => {
        if (records.length > 0) leadership?.registeredOffsets.set(request.brokerId, offsetLast)
      },
    })
  }

  readonly brokerHeartbeat: ClusterController['brokerHeartbeat'] = (request) => {
    const leadership = this.#leadership
    const { brokerId, brokerEpoch, currentMetadataOffset } = request
    if (leadership === null) {
      return Promise.resolve(refuseHeartbeat(notController.code))
    }
    const { active, registeredOffsets } = leadership
    const { sessions, image } = active
    // Whatever becomes of the decision: the broker was heard of.
    if (brokerEpochError(image.cluster, brokerId, brokerEpoch) === errorCodes.NONE) {
      const nowMs = this.#deps.clock.monotonicMs()
      sessions.touch(brokerId, brokerEpoch, currentMetadataOffset, nowMs)
    }
    const registeredOffset = registeredOffsets.get(brokerId) ?? brokerEpoch
    return active.run<ResponseOf<typeof BrokerHeartbeatResponse>, HeartbeatDecision>({
      name: `a heartbeat of broker ${brokerId}`,
      principal: BROKER,
      decide: (now, context) => heartbeat(now, request, context, sessions, registeredOffset),
      refuse: ({ code }) => refuseHeartbeat(code),
      appended: ({ state }, offsetLast) => {
        if (state === 'leaving') sessions.beginShutdown(brokerId, brokerEpoch, offsetLast)
        if (state === 'gone') sessions.end(brokerId)
      },
    })
  }

  readonly alterPartition: ClusterController['alterPartition'] = (request) => {
    return this.#run({
      name: 'AlterPartition',
      principal: BROKER,
      decide: (image, context) => alterPartition(image, request, context),
      refuse: ({ code }) => refuseAlterPartition(code),
    })
  }

  readonly allocateProducerIds: ClusterController['allocateProducerIds'] = (request) => {
    return this.#run({
      name: 'AllocateProducerIds',
      principal: BROKER,
      decide: (image) => allocateProducerIds(image, request),
      refuse: ({ code }) => refuseProducerIds(code),
    })
  }

  readonly assignReplicasToDirs: ClusterController['assignReplicasToDirs'] = (request) => {
    return this.#run({
      name: 'AssignReplicasToDirs',
      principal: BROKER,
      decide: (image, context) => assignReplicasToDirs(image, request, context),
      refuse: ({ code }) => refuseAssignReplicas(code),
    })
  }

  readonly registerController: ClusterController['registerController'] = (request) => {
    return this.#run({
      name: `registering controller ${request.controllerId}`,
      principal: 'controller',
      decide: (image) => registerController(image, request),
      refuse: refuseRegisterController,
    })
  }

  async ensureTopic(name: string): Promise<number> {
    const settings = this.#leadership?.active.settings ?? this.#options.broker
    const request = ensureTopicRequest(name, settings)
    const { topics } = await this.createTopics(request, BY_BROKER)
    const errorCode = topics[0]?.errorCode ?? errorCodes.UNKNOWN_SERVER_ERROR
    return errorCode === errorCodes.TOPIC_ALREADY_EXISTS ? errorCodes.NONE : errorCode
  }

  #voterIds(): number[] {
    return this.#quorum.voters.map(({ id }) => id)
  }

  #run<T, D extends Decision<T>>(operation: Operation<T, D>): Promise<T> {
    const active = this.#leadership?.active
    return active === undefined
      ? Promise.resolve(operation.refuse(notController))
      : active.run(operation)
  }
}
