/** AlterPartitionReassignments and ListPartitionReassignments (ReplicationControlManager in Apache Kafka; KIP-455, KIP-860). */
import type {
  MetadataImage,
  MetadataRecord,
  PartitionImage,
  TopicImage,
} from '../metadata/index.ts'
import { errorCodes, errorMessage } from '../protocol/index.ts'
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../protocol/index.ts'
import { noError } from './decision.ts'
import type { ApiError, ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { changePartition } from './partition-change.ts'
import { checkAssignments } from './partition-records.ts'
import { beginReassignment, isReassigning, revertedReassignment } from './reassignment-progress.ts'
import { rulesByTopic } from './topic-rules.ts'

type Request = RequestOf<typeof AlterPartitionReassignmentsRequest>
type Response = ResponseOf<typeof AlterPartitionReassignmentsResponse>
type ListRequest = RequestOf<typeof ListPartitionReassignmentsRequest>
type ListResponse = ResponseOf<typeof ListPartitionReassignmentsResponse>

/** Begins and cancels moves. Each partition stands alone: one refusal does not keep the others. */
export function alterPartitionReassignments(
  image: MetadataImage,
  request: Request,
  context: ControllerContext,
): Decision<Response> {
  const { allowReplicationFactorChange } = request
  const records: MetadataRecord[] = []
  const done = new Set<string>()
  const responses = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      const key = `${name}-${partitionIndex}`
      const altered = done.has(key)
        ? refuse(errorCodes.INVALID_REQUEST, 'The partition is named more than once')
        : alterOne(image, name, partitionIndex, replicas, allowReplicationFactorChange, context)
      done.add(key)
      if (altered.record !== null) records.push(altered.record)
      const { code, message } = altered.error
      return { partitionIndex, errorCode: code, errorMessage: message }
    }),
  }))
  const response = {
    allowReplicationFactorChange,
    errorCode: errorCodes.NONE,
    errorMessage: null,
    responses,
  }
  return { records, response }
}

export function refuseAlterReassignments(request: Request, { code, message }: ApiError): Response {
  const { allowReplicationFactorChange } = request
  return { allowReplicationFactorChange, errorCode: code, errorMessage: message, responses: [] }
}

interface Altered {
  readonly error: ApiError
  readonly record: MetadataRecord | null
}

function refuse(code: number, message: string = errorMessage(code)): Altered {
  return { error: { code, message }, record: null }
}

function alterOne(
  image: MetadataImage,
  name: string,
  partitionIndex: number,
  replicas: readonly number[] | null,
  mayChangeFactor: boolean,
  context: ControllerContext,
): Altered {
  const topic = image.topics.byName(name)
  const partition = topic?.partitions[partitionIndex]
  if (topic === undefined || partition === undefined) {
    return refuse(errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  }
  if (replicas === null) return cancel(image, topic, partition, context)
  const checked = checkAssignments(image.cluster, [replicas], partitionIndex)
  if (!checked.ok) return { error: checked.error, record: null }
  const { addingReplicas } = partition
  const present = partition.replicas.filter((id) => !addingReplicas.includes(id))
  if (!mayChangeFactor && replicas.length !== present.length) {
    const message = `The replication factor is changed from ${present.length} to ${replicas.length}`
    return refuse(errorCodes.INVALID_REPLICATION_FACTOR, message)
  }
  const target = beginReassignment(partition, replicas)
  const rules = rulesByTopic(image, context.broker, { election: 'online' })(topic)
  return { error: noError, record: changePartition(topic.id, partition, target, rules) }
}

function cancel(
  image: MetadataImage,
  topic: TopicImage,
  partition: PartitionImage,
  { broker }: ControllerContext,
): Altered {
  if (!isReassigning(partition)) return refuse(errorCodes.NO_REASSIGNMENT_IN_PROGRESS)
  const { replicas, isr, unclean } = revertedReassignment(partition)
  const rules = rulesByTopic(image, broker)(topic)
  if (unclean && rules.election !== 'unclean') {
    const message = `Cannot cancel the reassignment of ${topic.name}-${partition.index}: it would need an unclean leader election`
    return refuse(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
  }
  const target = { replicas, isr, addingReplicas: [], removingReplicas: [] }
  return { error: noError, record: changePartition(topic.id, partition, target, rules) }
}

/** The moves under way, of all topics or of those partitions that are named. */
export function listPartitionReassignments(
  { topics }: MetadataImage,
  request: ListRequest,
): ListResponse {
  const answers: ListResponse['topics'][number][] = []
  const add = ({ name, partitions }: TopicImage, concerns: (index: number) => boolean): void => {
    const ongoing = partitions.filter((one) => isReassigning(one) && concerns(one.index))
    if (ongoing.length === 0) return
    answers.push({
      name,
      partitions: ongoing.map(({ index, replicas, addingReplicas, removingReplicas }) => ({
        partitionIndex: index,
        replicas: [...replicas],
        addingReplicas: [...addingReplicas],
        removingReplicas: [...removingReplicas],
      })),
    })
  }
  if (request.topics === null) {
    for (const topic of topics) add(topic, () => true)
  }
  for (const { name, partitionIndexes } of request.topics ?? []) {
    const topic = topics.byName(name)
    if (topic !== undefined) add(topic, (index) => partitionIndexes.includes(index))
  }
  return { errorCode: errorCodes.NONE, errorMessage: null, topics: answers }
}

export function refuseListReassignments({ code, message }: ApiError): ListResponse {
  return { errorCode: code, errorMessage: message, topics: [] }
}
