/**
 * AlterConfigs and IncrementalAlterConfigs for topics and brokers (ConfigurationControlManager in Apache Kafka). Each resource stands
 * alone: one refusal does not keep the others.
 */
import { INT16_MAX } from '../base/index.ts'
import {
  checkDynamicBrokerConfigs,
  checkTopicConfigs,
  configResourceTypes,
  metadataRecord,
} from '../metadata/index.ts'
import type { ConfigResource, MetadataImage, MetadataRecord } from '../metadata/index.ts'
import { errorCodes, errorMessage } from '../protocol/index.ts'
import type {
  AlterConfigsRequest,
  AlterConfigsResponse,
  IncrementalAlterConfigsRequest,
} from '../protocol/index.ts'
import { ELR_FEATURE, MIN_IN_SYNC_REPLICAS } from './activation.ts'
import { editConfigs } from './config-edits.ts'
import type { ConfigChanges } from './config-edits.ts'
import { splitRepeated } from './decision.ts'
import type { ApiError, ControllerContext, Decision, RequestOf, ResponseOf } from './decision.ts'
import { topicNameProblem } from './topic-names.ts'

type LegacyRequest = RequestOf<typeof AlterConfigsRequest>
type IncrementalRequest = RequestOf<typeof IncrementalAlterConfigsRequest>
/** IncrementalAlterConfigs answers in the same shape. */
type Response = ResponseOf<typeof AlterConfigsResponse>
type Values = ReadonlyMap<string, string>

/** More does not fit in a string of the protocol, nor of a record. Lists can grow to it by appending. */
const VALUE_SIZE_MAX = INT16_MAX

/** Changes single keys of a resource. */
export function incrementalAlterConfigs(
  image: MetadataImage,
  request: IncrementalRequest,
  context: ControllerContext,
): Decision<Response> {
  return alter(image, request, context, ({ resourceType, configs }, current) =>
    editConfigs(resourceType, current, configs),
  )
}

/** Replaces all keys of a resource: what the request does not name is taken away. */
export function alterConfigs(
  image: MetadataImage,
  request: LegacyRequest,
  context: ControllerContext,
): Decision<Response> {
  return alter(image, request, context, ({ configs }, current) => replaceConfigs(current, configs))
}

export function refuseAlterConfigs(
  { resources }: LegacyRequest | IncrementalRequest,
  error: ApiError,
): Response {
  return { responses: resources.map((resource) => answer(resource, error)) }
}

function replaceConfigs(
  current: Values,
  configs: LegacyRequest['resources'][number]['configs'],
): ConfigChanges | ApiError {
  const changes = new Map<string, string | null>()
  for (const { name, value } of configs) {
    if (changes.has(name) || value === null) {
      const message = `Cannot set ${name}: wanted one value, found ${value === null ? 'null' : 'more'}`
      return { code: errorCodes.INVALID_REQUEST, message }
    }
    changes.set(name, value)
  }
  for (const name of current.keys()) if (!changes.has(name)) changes.set(name, null)
  return changes
}

interface NamedResource {
  readonly resourceType: number
  readonly resourceName: string
}

function answer(
  { resourceType, resourceName }: NamedResource,
  error: ApiError | null,
): Response['responses'][number] {
  const { code, message } = error ?? { code: errorCodes.NONE, message: null }
  return { errorCode: code, errorMessage: message, resourceType, resourceName }
}

function alter<R extends NamedResource>(
  image: MetadataImage,
  request: { readonly resources: readonly R[]; readonly validateOnly: boolean },
  context: ControllerContext,
  changesOf: (resource: R, current: Values) => ConfigChanges | ApiError,
): Decision<Response> {
  const { unique, repeated } = splitRepeated(
    request.resources,
    ({ resourceType, resourceName }) => `${resourceType}:${resourceName}`,
  )
  const twice = 'The resource is named more than once'
  const responses = repeated.map((resource) => answer(resource, invalidRequest(twice)))
  const records: MetadataRecord[] = []
  for (const resource of unique) {
    const { resourceType: type, resourceName: name } = resource
    const current = image.configs.of(type, name)
    const changes = changesOf(resource, current)
    const error =
      'code' in changes ? changes : changesError(image, { type, name }, current, changes, context)
    responses.push(answer(resource, error))
    if (error === null && !('code' in changes)) {
      records.push(...changeRecords(image, { type, name }, current, changes))
    }
  }
  return { records: request.validateOnly ? [] : records, response: { responses } }
}

function invalidRequest(message: string): ApiError {
  return { code: errorCodes.INVALID_REQUEST, message }
}

function changesError(
  image: MetadataImage,
  resource: ConfigResource,
  current: Values,
  changes: ConfigChanges,
  context: ControllerContext,
): ApiError | null {
  for (const [key, value] of changes) {
    if (value !== null && Buffer.byteLength(value) > VALUE_SIZE_MAX) return tooLong(key)
  }
  switch (resource.type) {
    case configResourceTypes.TOPIC:
      return topicError(image, resource.name, current, changes, context)
    case configResourceTypes.BROKER:
      return brokerError(image, resource.name, changes)
    default:
      return invalidRequest(`Resources of type ${resource.type} have no configuration here`)
  }
}

function tooLong(key: string): ApiError {
  const message = `Cannot set ${key}: the value would have more than ${VALUE_SIZE_MAX} bytes`
  return { code: errorCodes.INVALID_CONFIG, message }
}

/** All values of the topic are checked, because they must fit each other. */
function topicError(
  image: MetadataImage,
  name: string,
  current: Values,
  changes: ConfigChanges,
  { broker }: ControllerContext,
): ApiError | null {
  if (name === '') return invalidRequest('There is no default resource for topics')
  const problem = topicNameProblem(name)
  if (problem !== null) return { code: errorCodes.INVALID_TOPIC_EXCEPTION, message: problem }
  if (image.topics.byName(name) === undefined) {
    const code = errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    return { code, message: errorMessage(code) }
  }
  const values = new Map(current)
  for (const [key, value] of changes) {
    if (value === null) values.delete(key)
    else values.set(key, value)
  }
  return configError(checkTopicConfigs(values, broker))
}

function brokerError(image: MetadataImage, name: string, changes: ConfigChanges): ApiError | null {
  if (name !== '' && !/^\d+$/.test(name)) {
    return invalidRequest(`'${name}' is not the id of a broker`)
  }
  if (name !== '' && image.cluster.broker(Number(name)) === undefined) {
    const message = `Broker ${name} is not registered`
    return { code: errorCodes.BROKER_ID_NOT_REGISTERED, message }
  }
  const fixed = minInSyncReplicasError(image, name, changes)
  if (fixed !== null) return fixed
  const values = new Map<string, string>()
  for (const [key, value] of changes) if (value !== null) values.set(key, value)
  const problems = checkDynamicBrokerConfigs(values, name === '' ? 'default' : 'broker')
  // Not INVALID_CONFIG as for topics: KAFKA-13609.
  return problems.length === 0 ? null : invalidRequest(messagesOf(problems))
}

/** With eligible leader replicas there is one value for the whole cluster (KIP-966): it is always set, and brokers have none. */
function minInSyncReplicasError(
  image: MetadataImage,
  name: string,
  changes: ConfigChanges,
): ApiError | null {
  if (!hasElr(image) || !changes.has(MIN_IN_SYNC_REPLICAS)) return null
  const code = errorCodes.INVALID_CONFIG
  const why = 'with eligible leader replicas there is one value, for all brokers'
  if (name !== '') {
    return { code, message: `Cannot set ${MIN_IN_SYNC_REPLICAS} for broker ${name}: ${why}` }
  }
  if (changes.get(MIN_IN_SYNC_REPLICAS) !== null) return null
  return { code, message: `Cannot take ${MIN_IN_SYNC_REPLICAS} away: ${why}` }
}

function hasElr(image: MetadataImage): boolean {
  return image.features.level(ELR_FEATURE) > 0
}

function configError(problems: readonly Problem[]): ApiError | null {
  if (problems.length === 0) return null
  return { code: errorCodes.INVALID_CONFIG, message: messagesOf(problems) }
}

interface Problem {
  readonly message: string
}

function messagesOf(problems: readonly Problem[]): string {
  return problems.map(({ message }) => message).join('; ')
}

/** Brokers get a record even where the value stays: it makes them read files anew that the value names (KAFKA-14136). */
function* changeRecords(
  image: MetadataImage,
  { type, name }: ConfigResource,
  current: Values,
  changes: ConfigChanges,
): Generator<MetadataRecord> {
  const isBroker = type === configResourceTypes.BROKER
  for (const [key, value] of changes) {
    const isSame = value === (current.get(key) ?? null)
    if (isSame && !isBroker) continue
    yield metadataRecord('config', { resourceType: type, resourceName: name, name: key, value })
    if (key === MIN_IN_SYNC_REPLICAS && !isSame && hasElr(image)) {
      yield metadataRecord('clearElr', { topicName: isBroker ? '' : name })
    }
  }
}
