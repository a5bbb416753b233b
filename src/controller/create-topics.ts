/** CreateTopics (ReplicationControlManager in Apache Kafka). Each topic stands alone: one refusal does not keep the others. */
import type { Uuid } from '../base/index.ts'
import {
  checkTopicConfigs,
  configResourceTypes,
  describeTopicConfigs,
  metadataRecord,
} from '../metadata/index.ts'
import type { BrokerSettings, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { CreateTopicsRequest, CreateTopicsResponse } from '../protocol/index.ts'
import { splitRepeated } from './decision.ts'
import type { ApiError, ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { checkAssignments, newPartition, placeAssignments } from './partition-records.ts'
import type { Assignments } from './partition-records.ts'
import { collidingTopic, METADATA_TOPIC, topicNameProblem } from './topic-names.ts'

type Request = RequestOf<typeof CreateTopicsRequest>
type Response = ResponseOf<typeof CreateTopicsResponse>
type Creatable = Request['topics'][number]
type Answer = Response['topics'][number]
type Configs = ReadonlyMap<string, string>

/** So that the records of one request fit in one batch (ReplicationControlManager.MAX_PARTITIONS_PER_BATCH). */
export const PARTITIONS_PER_REQUEST_MAX = 10_000

/** In the request: the default of the broker. */
const DEFAULT = -1

/** A topic that may be created. */
interface Plan {
  readonly name: string
  readonly configs: Configs
  readonly assignments: readonly (readonly number[])[]
}

export function createTopics(
  image: MetadataImage,
  request: Request,
  context: ControllerContext,
): Decision<Response> {
  const { unique, repeated } = splitRepeated(request.topics, ({ name }) => name)
  const twice = { code: errorCodes.INVALID_REQUEST, message: 'The topic is named more than once' }
  const answers: Answer[] = repeated.map(({ name }) => refuse(name, twice))
  const records: MetadataRecord[] = []
  let partitionsLeft = PARTITIONS_PER_REQUEST_MAX
  for (const topic of unique) {
    const plan = planTopic(image, topic, partitionsLeft, context)
    if ('code' in plan) {
      answers.push(refuse(topic.name, plan))
      continue
    }
    partitionsLeft -= plan.assignments.length
    const topicId = context.newUuid()
    records.push(...topicRecords(image, topicId, plan))
    answers.push(success(topicId, plan, context.broker))
  }
  return { records: request.validateOnly ? [] : records, response: { topics: answers } }
}

export function refuseCreateTopics({ topics }: Request, error: ApiError): Response {
  return { topics: topics.map(({ name }) => refuse(name, error)) }
}

function refuse(name: string, { code, message }: ApiError): Answer {
  return { name, errorCode: code, errorMessage: message, configs: [] }
}

function planTopic(
  image: MetadataImage,
  topic: Creatable,
  partitionsMax: number,
  context: ControllerContext,
): Plan | ApiError {
  const { name } = topic
  const nameError = nameErrorOf(image, name)
  if (nameError !== null) return nameError
  const configs = configsOf(topic, context.broker)
  if ('code' in configs) return configs
  const chosen = assignmentsOf(image, topic, partitionsMax, context)
  return chosen.ok ? { name, configs, assignments: chosen.assignments } : chosen.error
}

function nameErrorOf({ topics }: MetadataImage, name: string): ApiError | null {
  if (name === METADATA_TOPIC) {
    const message = `The topic ${METADATA_TOPIC} is the cluster's own and cannot be created`
    return { code: errorCodes.INVALID_REQUEST, message }
  }
  const problem = topicNameProblem(name)
  if (problem !== null) return { code: errorCodes.INVALID_TOPIC_EXCEPTION, message: problem }
  if (topics.byName(name) !== undefined) {
    return { code: errorCodes.TOPIC_ALREADY_EXISTS, message: `Topic '${name}' already exists.` }
  }
  const other = collidingTopic(topics, name)
  if (other === null) return null
  const message = `Topic '${name}' collides with existing topic '${other}': names of metrics do not tell '.' and '_' apart`
  return { code: errorCodes.INVALID_TOPIC_EXCEPTION, message }
}

function configsOf(topic: Creatable, broker: BrokerSettings): Configs | ApiError {
  const code = errorCodes.INVALID_CONFIG
  const configs = new Map<string, string>()
  for (const { name, value } of topic.configs) {
    if (value === null) return { code, message: `Cannot set ${name}: found null, wanted a value` }
    configs.set(name, value)
  }
  const problems = checkTopicConfigs(configs, broker)
  if (problems.length === 0) return configs
  return { code, message: problems.map(({ message }) => message).join('; ') }
}

function assignmentsOf(
  image: MetadataImage,
  topic: Creatable,
  partitionsMax: number,
  { broker, random }: ControllerContext,
): Assignments {
  if (topic.assignments.length > 0) return manualAssignments(image, topic, partitionsMax)
  if (topic.replicationFactor < DEFAULT || topic.replicationFactor === 0) {
    const message = `The replication factor must be at least 1, or -1 for the default: found ${topic.replicationFactor}`
    return { ok: false, error: { code: errorCodes.INVALID_REPLICATION_FACTOR, message } }
  }
  if (topic.numPartitions < DEFAULT || topic.numPartitions === 0) {
    const message = `The number of partitions must be at least 1, or -1 for the default: found ${topic.numPartitions}`
    return { ok: false, error: { code: errorCodes.INVALID_PARTITIONS, message } }
  }
  const partitionCount =
    topic.numPartitions === DEFAULT ? broker.get('num.partitions') : topic.numPartitions
  const replicationFactor =
    topic.replicationFactor === DEFAULT
      ? broker.get('default.replication.factor')
      : topic.replicationFactor
  if (partitionCount > partitionsMax) return tooManyPartitions()
  return placeAssignments(image.cluster, partitionCount, replicationFactor, random)
}

function manualAssignments(
  image: MetadataImage,
  { assignments, numPartitions, replicationFactor }: Creatable,
  partitionsMax: number,
): Assignments {
  if (numPartitions !== DEFAULT || replicationFactor !== DEFAULT) {
    const message =
      'With a manual assignment, both number of partitions and replication factor must be -1'
    return { ok: false, error: { code: errorCodes.INVALID_REQUEST, message } }
  }
  if (assignments.length > partitionsMax) return tooManyPartitions()
  const byIndex = new Map(assignments.map((item) => [item.partitionIndex, item.brokerIds]))
  const lists = Array.from(assignments, (_, index) => byIndex.get(index))
  if (lists.includes(undefined)) {
    const message = `The manual assignment must name each of the partitions 0 to ${assignments.length - 1} once`
    return { ok: false, error: { code: errorCodes.INVALID_REPLICA_ASSIGNMENT, message } }
  }
  return checkAssignments(image.cluster, lists as number[][], 0)
}

function tooManyPartitions(): Assignments {
  const message = `Cannot create more than ${PARTITIONS_PER_REQUEST_MAX} partitions in one request`
  return { ok: false, error: { code: errorCodes.POLICY_VIOLATION, message } }
}

/** The topic, then its configuration, then its partitions. */
function* topicRecords(
  { cluster }: MetadataImage,
  topicId: Uuid,
  { name: topicName, configs, assignments }: Plan,
): Generator<MetadataRecord> {
  yield metadataRecord('topic', { name: topicName, topicId })
  const { TOPIC: resourceType } = configResourceTypes
  for (const [name, value] of configs) {
    yield metadataRecord('config', { resourceType, resourceName: topicName, name, value })
  }
  for (const [partitionId, replicas] of assignments.entries()) {
    yield newPartition(cluster, topicId, partitionId, replicas)
  }
}

function success(
  topicId: Uuid,
  { name, configs, assignments }: Plan,
  broker: BrokerSettings,
): Answer {
  const rows = describeTopicConfigs(configs, broker).map((row) => ({
    name: row.name,
    value: row.value,
    readOnly: row.readOnly,
    configSource: row.source,
    isSensitive: row.sensitive,
  }))
  return {
    name,
    topicId,
    errorCode: errorCodes.NONE,
    errorMessage: null,
    numPartitions: assignments.length,
    replicationFactor: assignments[0]?.length ?? 0,
    configs: rows.sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}
