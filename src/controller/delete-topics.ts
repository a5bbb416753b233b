import { ZERO_UUID } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import { metadataRecord } from '../metadata/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { errorCodes, errorMessage } from '../protocol/index.ts'
import type { DeleteTopicsRequest, DeleteTopicsResponse } from '../protocol/index.ts'
import { splitRepeated } from './decision.ts'
import type {
  ApiError,
  ControllerContext,
  Decision,
  RequestInfo,
  RequestOf,
  ResponseOf,
} from './decision.ts'

type Request = RequestOf<typeof DeleteTopicsRequest>
type Response = ResponseOf<typeof DeleteTopicsResponse>
type Answer = Response['responses'][number]

/** A topic as the client named it: by name, or by id from version 6 on. */
interface Wanted {
  readonly name: string | null
  readonly topicId: Uuid
}

/** From here on there is an error code for deletion being switched off. */
const DELETION_DISABLED_SINCE = 3

/** Deletes topics. Each stands alone: one refusal does not keep the others. */
export function deleteTopics(
  image: MetadataImage,
  request: Request,
  { broker }: ControllerContext,
  { apiVersion }: Pick<RequestInfo, 'apiVersion'>,
): Decision<Response> {
  if (!broker.get('delete.topic.enable')) {
    const code =
      apiVersion < DELETION_DISABLED_SINCE
        ? errorCodes.INVALID_REQUEST
        : errorCodes.TOPIC_DELETION_DISABLED
    const error = { code, message: errorMessage(code) }
    return { records: [], response: refuseDeleteTopics(request, error) }
  }
  const { unique, repeated } = splitRepeated(wantedTopics(request), keyOf)
  const answers = repeated.map((topic) =>
    refuse(topic, errorCodes.INVALID_REQUEST, 'The topic is named more than once'),
  )
  const deleted = new Set<Uuid>()
  for (const topic of unique) answers.push(deleteTopic(image, topic, deleted))
  return {
    records: [...deleted].map((topicId) => metadataRecord('removeTopic', { topicId })),
    response: { responses: answers },
  }
}

export function refuseDeleteTopics(request: Request, { code, message }: ApiError): Response {
  return { responses: wantedTopics(request).map((topic) => refuse(topic, code, message)) }
}

function wantedTopics({ topicNames, topics }: Request): Wanted[] {
  return [...topicNames.map((name) => ({ name, topicId: ZERO_UUID })), ...topics]
}

function keyOf({ name, topicId }: Wanted): string {
  return name === null ? `id:${topicId}` : `name:${name}`
}

/** Adds the topic's id to `deleted` unless it is refused. */
function deleteTopic(image: MetadataImage, wanted: Wanted, deleted: Set<Uuid>): Answer {
  const { name, topicId } = wanted
  if (name === null && topicId === ZERO_UUID) {
    return refuse(wanted, errorCodes.INVALID_REQUEST, 'Neither name nor id of the topic is given')
  }
  if (name !== null && topicId !== ZERO_UUID) {
    return refuse(wanted, errorCodes.INVALID_REQUEST, 'Both name and id of the topic are given')
  }
  const topic = name === null ? image.topics.byId(topicId) : image.topics.byName(name)
  if (topic === undefined) {
    const code = name === null ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    return refuse(wanted, code, errorMessage(code))
  }
  if (deleted.has(topic.id)) {
    const message = 'The topic is named more than once, by name and by id'
    return refuse({ name: topic.name, topicId: topic.id }, errorCodes.INVALID_REQUEST, message)
  }
  deleted.add(topic.id)
  return { name: topic.name, topicId: topic.id, errorCode: errorCodes.NONE, errorMessage: null }
}

function refuse({ name, topicId }: Wanted, errorCode: number, message: string | null): Answer {
  return { name, topicId, errorCode, errorMessage: message }
}
