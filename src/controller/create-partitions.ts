import type { MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes, errorMessage } from '../protocol/index.ts'
import type { CreatePartitionsRequest, CreatePartitionsResponse } from '../protocol/index.ts'
import { noError, splitRepeated } from './decision.ts'
import type { ApiError, ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { PARTITIONS_PER_REQUEST_MAX } from './create-topics.ts'
import { checkAssignments, newPartition, placeAssignments } from './partition-records.ts'

type Request = RequestOf<typeof CreatePartitionsRequest>
type Response = ResponseOf<typeof CreatePartitionsResponse>

/** Adds partitions to topics. Each topic stands alone. */
export function createPartitions(
  image: MetadataImage,
  request: Request,
  context: ControllerContext,
): Decision<Response> {
  const { unique, repeated } = splitRepeated(request.topics, ({ name }) => name)
  const records: MetadataRecord[] = []
  const results = repeated.map(({ name }) =>
    resultOf(name, {
      code: errorCodes.INVALID_REQUEST,
      message: 'The topic is named more than once',
    }),
  )
  for (const topic of unique) {
    const room = PARTITIONS_PER_REQUEST_MAX - records.length
    const added = addPartitions(image, topic, room, context)
    records.push(...added.records)
    results.push(resultOf(topic.name, added.error))
  }
  return { records: request.validateOnly ? [] : records, response: { results } }
}

export function refuseCreatePartitions({ topics }: Request, error: ApiError): Response {
  return { results: topics.map(({ name }) => resultOf(name, error)) }
}

function resultOf(name: string, { code, message }: ApiError): Response['results'][number] {
  return { name, errorCode: code, errorMessage: message }
}

interface Added {
  readonly error: ApiError
  readonly records: readonly MetadataRecord[]
}

function refuse(code: number, message: string): Added {
  return { error: { code, message }, records: [] }
}

function addPartitions(
  image: MetadataImage,
  { name, count, assignments: manual }: Request['topics'][number],
  room: number,
  { random }: ControllerContext,
): Added {
  const topic = image.topics.byName(name)
  if (topic === undefined) {
    const code = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    return refuse(code, errorMessage(code))
  }
  const present = topic.partitions.length
  if (count === present) {
    return refuse(errorCodes.INVALID_PARTITIONS, `The topic has ${present} partition(s) already`)
  }
  if (count < present) {
    const message = `The topic has ${present} partition(s), so ${count} would not be an increase`
    return refuse(errorCodes.INVALID_PARTITIONS, message)
  }
  const added = count - present
  if (added > room) {
    const message = `Cannot add more than ${PARTITIONS_PER_REQUEST_MAX} partitions in one request`
    return refuse(errorCodes.POLICY_VIOLATION, message)
  }
  if (manual !== null && manual.length !== added) {
    const message = `The topic would get ${added} more partition(s), but there are ${manual.length} assignment(s)`
    return refuse(errorCodes.INVALID_REPLICA_ASSIGNMENT, message)
  }
  const { cluster } = image
  const replicationFactor = topic.partitions[0]?.replicas.length ?? 1
  const chosen =
    manual === null
      ? placeAssignments(cluster, added, replicationFactor, random)
      : checkAssignments(
          cluster,
          manual.map(({ brokerIds }) => brokerIds),
          present,
          replicationFactor,
        )
  if (!chosen.ok) return { error: chosen.error, records: [] }
  const records = chosen.assignments.map((replicas, i) =>
    newPartition(cluster, topic.id, present + i, replicas),
  )
  return { error: noError, records }
}
