/**
 * The cluster's controller as seen from any node: the one in this process while it is active, else over the network. What clients ask is
 * forwarded in an Envelope with their principal (KIP-590), what brokers ask goes as it is.
 */
import { ensureTopicRequest } from '../controller/index.ts'
import type { ClusterController, RequestInfo } from '../controller/index.ts'
import type { BrokerSettings } from '../metadata/index.ts'
import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
  AlterConfigsRequest,
  AlterConfigsResponse,
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  AlterPartitionRequest,
  AlterPartitionResponse,
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
  BrokerHeartbeatRequest,
  BrokerHeartbeatResponse,
  BrokerRegistrationRequest,
  BrokerRegistrationResponse,
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  ElectLeadersRequest,
  ElectLeadersResponse,
  errorCodes,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
  UnregisterBrokerRequest,
  UnregisterBrokerResponse,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../protocol/index.ts'
import { RpcError } from '../rpc/index.ts'
import type { ControllerChannel } from './controller-channel.ts'
import type { Forwarded, Forwarder } from './forwarder.ts'

export interface RemoteControllerOptions {
  /** This node's own; a broker has one that is never active, and says so in each response's own way. */
  readonly local: ClusterController & { readonly isActive: boolean }
  /** For what clients ask. */
  readonly forwarder: Forwarder
  /** For what this broker asks about partitions and producer ids. */
  readonly asking: ControllerChannel
  /** For registration and heartbeats: nothing else may hold them up. */
  readonly lifecycle: ControllerChannel
  settings(): BrokerSettings
}

/** Of what brokers ask for themselves: they ask again. */
const ASKED_TIMEOUT_MS = 5_000
/** Who acts when it is no client. */
const ITSELF: RequestInfo = {
  apiVersion: CreateTopicsRequest.versions[1],
  principal: 'User:ANONYMOUS',
}

interface Asked<D, T, A> extends Omit<Forwarded<D, T, A>, 'info'> {
  readonly through: ControllerChannel
}

export class RemoteController implements ClusterController {
  readonly #options: RemoteControllerOptions

  constructor(options: RemoteControllerOptions) {
    this.#options = options
  }

  createTopics: ClusterController['createTopics'] = (body, info) =>
    this.#options.forwarder.forward({
      request: CreateTopicsRequest,
      response: CreateTopicsResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#options.local.createTopics(body, info),
    })

  deleteTopics: ClusterController['deleteTopics'] = (body, info) =>
    this.#options.forwarder.forward({
      request: DeleteTopicsRequest,
      response: DeleteTopicsResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#options.local.deleteTopics(body, info),
    })

  createPartitions: ClusterController['createPartitions'] = (body, info) =>
    this.#options.forwarder.forward({
      request: CreatePartitionsRequest,
      response: CreatePartitionsResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#options.local.createPartitions(body, info),
    })

  alterConfigs: ClusterController['alterConfigs'] = (body, info) =>
    this.#options.forwarder.forward({
      request: AlterConfigsRequest,
      response: AlterConfigsResponse,
      body,
      info,
      here: () => this.#options.local.alterConfigs(body, info),
    })

  incrementalAlterConfigs: ClusterController['incrementalAlterConfigs'] = (body, info) =>
    this.#options.forwarder.forward({
      request: IncrementalAlterConfigsRequest,
      response: IncrementalAlterConfigsResponse,
      body,
      info,
      here: () => this.#options.local.incrementalAlterConfigs(body, info),
    })

  electLeaders: ClusterController['electLeaders'] = (body, info) =>
    this.#options.forwarder.forward({
      request: ElectLeadersRequest,
      response: ElectLeadersResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#options.local.electLeaders(body, info),
    })

  alterPartitionReassignments: ClusterController['alterPartitionReassignments'] = (body, info) =>
    this.#options.forwarder.forward({
      request: AlterPartitionReassignmentsRequest,
      response: AlterPartitionReassignmentsResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#options.local.alterPartitionReassignments(body, info),
    })

  listPartitionReassignments: ClusterController['listPartitionReassignments'] = (body, info) =>
    this.#options.forwarder.forward({
      request: ListPartitionReassignmentsRequest,
      response: ListPartitionReassignmentsResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#options.local.listPartitionReassignments(body, info),
    })

  updateFeatures: ClusterController['updateFeatures'] = (body, info) =>
    this.#options.forwarder.forward({
      request: UpdateFeaturesRequest,
      response: UpdateFeaturesResponse,
      body,
      info,
      timeoutMs: body.timeoutMs,
      here: () => this.#options.local.updateFeatures(body, info),
    })

  unregisterBroker: ClusterController['unregisterBroker'] = (body, info) =>
    this.#options.forwarder.forward({
      request: UnregisterBrokerRequest,
      response: UnregisterBrokerResponse,
      body,
      info,
      here: () => this.#options.local.unregisterBroker(body, info),
    })

  registerBroker: ClusterController['registerBroker'] = (body) =>
    this.#ask({
      request: BrokerRegistrationRequest,
      response: BrokerRegistrationResponse,
      body,
      through: this.#options.lifecycle,
      here: () => this.#options.local.registerBroker(body),
    })

  brokerHeartbeat: ClusterController['brokerHeartbeat'] = (body) =>
    this.#ask({
      request: BrokerHeartbeatRequest,
      response: BrokerHeartbeatResponse,
      body,
      through: this.#options.lifecycle,
      here: () => this.#options.local.brokerHeartbeat(body),
    })

  alterPartition: ClusterController['alterPartition'] = (body) =>
    this.#ask({
      request: AlterPartitionRequest,
      response: AlterPartitionResponse,
      body,
      through: this.#options.asking,
      here: () => this.#options.local.alterPartition(body),
    })

  allocateProducerIds: ClusterController['allocateProducerIds'] = (body) =>
    this.#ask({
      request: AllocateProducerIdsRequest,
      response: AllocateProducerIdsResponse,
      body,
      through: this.#options.asking,
      here: () => this.#options.local.allocateProducerIds(body),
    })

  assignReplicasToDirs: ClusterController['assignReplicasToDirs'] = (body) =>
    this.#ask({
      request: AssignReplicasToDirsRequest,
      response: AssignReplicasToDirsResponse,
      body,
      through: this.#options.asking,
      here: () => this.#options.local.assignReplicasToDirs(body),
    })

  registerController: ClusterController['registerController'] = (body) =>
    this.#ask({
      request: ControllerRegistrationRequest,
      response: ControllerRegistrationResponse,
      body,
      through: this.#options.lifecycle,
      here: () => this.#options.local.registerController(body),
    })

  async ensureTopic(name: string): Promise<number> {
    const { local } = this.#options
    if (local.isActive) return local.ensureTopic(name)
    const { topics } = await this.createTopics(
      ensureTopicRequest(name, this.#options.settings()),
      ITSELF,
    )
    const errorCode = topics[0]?.errorCode ?? errorCodes.UNKNOWN_SERVER_ERROR
    return errorCode === errorCodes.TOPIC_ALREADY_EXISTS ? errorCodes.NONE : errorCode
  }

  async #ask<D, T extends { readonly errorCode: number }, A>(
    asked: Asked<D, T, A>,
  ): Promise<A | T> {
    if (this.#options.local.isActive) return asked.here()
    const { through, timeoutMs = ASKED_TIMEOUT_MS } = asked
    try {
      return await through.ask({ ...asked, timeoutMs })
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      return asked.here()
    }
  }
}
