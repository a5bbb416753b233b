/**
 * Metadata (3): brokers, topics and who leads what, as seen on the listener that the request came in on. Creates missing topics where
 * the client allows it and `auto.create.topics.enable` is set.
 */
import { ZERO_UUID } from '../../base/index.ts'
import { topicNameProblem } from '../../controller/index.ts'
import { endpointOf } from '../../metadata/index.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../../metadata/index.ts'
import { errorCodes, MetadataRequest, MetadataResponse } from '../../protocol/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import { CLUSTER_OPERATIONS, TOPIC_OPERATIONS } from '../authorized-operations.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'
import { isInternalTopic } from '../topic-lookup.ts'

type Request = Decoded<typeof MetadataRequest>
type TopicAnswer = Draft<typeof MetadataResponse>['topics'][number]

/** In versions 10 and 11 requests have room for topic ids that do not count yet. */
const TOPIC_IDS_SINCE = 12

export const metadata = defineHandler(MetadataRequest, MetadataResponse, {
  async handle(broker, request, { apiVersion, listenerName }) {
    const isRefused = apiVersion < TOPIC_IDS_SINCE && namesTopicsById(request)
    const failures = new Map<string, number>()
    for (const name of isRefused ? [] : missingTopics(broker, request)) {
      failures.set(name, await broker.controller.ensureTopic(name))
    }
    const image = broker.image()
    const brokers = image.cluster.aliveBrokers().flatMap((node) => {
      const endpoint = endpointOf(node, listenerName)
      if (endpoint === undefined) return []
      return [{ nodeId: node.id, host: endpoint.host, port: endpoint.port, rack: node.rack }]
    })
    return {
      brokers,
      clusterId: broker.clusterId,
      // Any broker forwards to the controller, so any that is alive will do.
      controllerId: brokers.some(({ nodeId }) => nodeId === broker.nodeId) ? broker.nodeId : -1,
      topics: authorized(
        request,
        isRefused ? refusedTopics(request) : topicsOf(image, request, apiVersion, failures),
      ),
      ...(request.includeClusterAuthorizedOperations
        ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS }
        : {}),
    }
  },
})

/** With what the client may do with each topic, if it wants to know. */
function authorized(request: Request, topics: TopicAnswer[]): TopicAnswer[] {
  if (!request.includeTopicAuthorizedOperations) return topics
  return topics.map((topic) => ({ ...topic, topicAuthorizedOperations: TOPIC_OPERATIONS }))
}

function namesTopicsById({ topics }: Request): boolean {
  return topics?.some(({ name, topicId }) => name === null || topicId !== ZERO_UUID) === true
}

function refusedTopics({ topics }: Request): TopicAnswer[] {
  return (topics ?? []).map(({ name, topicId }) =>
    unknownTopic(errorCodes.INVALID_REQUEST, name ?? '', topicId),
  )
}

/** Names that the request would have created. Never for "all topics". */
function missingTopics(broker: Broker, request: Request): Set<string> {
  const missing = new Set<string>()
  if (!request.allowAutoTopicCreation || !broker.settings.autoCreateTopics) return missing
  const { topics } = broker.image()
  for (const { name, topicId } of request.topics ?? []) {
    if (name !== null && topicId === ZERO_UUID && topics.byName(name) === undefined)
      missing.add(name)
  }
  return missing
}

function topicsOf(
  image: MetadataImage,
  { topics: asked }: Request,
  apiVersion: number,
  failures: ReadonlyMap<string, number>,
): TopicAnswer[] {
  const isAll = asked === null || (apiVersion === 0 && asked.length === 0)
  if (isAll) return Array.from(image.topics, (topic) => topicAnswer(image, topic))
  // Each topic once, however often it was named, as in Kafka.
  const answers = new Map<string, TopicAnswer>()
  for (const { name, topicId } of asked) {
    const byId = topicId !== ZERO_UUID
    const key = byId ? topicId : `/${name}`
    if (answers.has(key)) continue
    const topic = byId ? image.topics.byId(topicId) : image.topics.byName(name ?? '')
    if (topic !== undefined) answers.set(key, topicAnswer(image, topic))
    else if (byId) answers.set(key, unknownTopic(errorCodes.UNKNOWN_TOPIC_ID, null, topicId))
    else {
      const errorCode = errorOfUnknown(name ?? '', failures)
      answers.set(key, unknownTopic(errorCode, name ?? '', ZERO_UUID))
    }
  }
  return [...answers.values()]
}

function errorOfUnknown(name: string, failures: ReadonlyMap<string, number>): number {
  const failure = failures.get(name) ?? 0
  if (failure !== 0) return failure
  return topicNameProblem(name) === null
    ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    : errorCodes.INVALID_TOPIC_EXCEPTION
}

function unknownTopic(errorCode: number, name: string | null, topicId: string): TopicAnswer {
  return { errorCode, name, topicId, isInternal: false, partitions: [] }
}

function topicAnswer(image: MetadataImage, topic: TopicImage): TopicAnswer {
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((partition) => partitionAnswer(image, partition)),
  }
}

function partitionAnswer(
  image: MetadataImage,
  partition: PartitionImage,
): TopicAnswer['partitions'][number] {
  const { index, leader, leaderEpoch, replicas, isr } = partition
  const hasLeader = leader >= 0 && image.cluster.isAlive(leader)
  return {
    errorCode: hasLeader ? 0 : errorCodes.LEADER_NOT_AVAILABLE,
    partitionIndex: index,
    leaderId: hasLeader ? leader : -1,
    leaderEpoch,
    replicaNodes: [...replicas],
    isrNodes: [...isr],
    offlineReplicas: replicas.filter((id) => !image.cluster.isAlive(id)),
  }
}
