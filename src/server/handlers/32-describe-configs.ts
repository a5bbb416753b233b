/**
 * DescribeConfigs (32): every key with its value, where it comes from, what it would be otherwise, and what it means (KIP-226, KIP-569).
 */
import { topicNameProblem } from '../../controller/index.ts'
import {
  configResourceTypes,
  describeBrokerConfigs,
  describeDefaultBrokerConfigs,
  describeTopicConfigs,
} from '../../metadata/index.ts'
import type { ConfigRow } from '../../metadata/index.ts'
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
  errorCodes,
  errorMessage,
} from '../../protocol/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import type { NodeServices } from '../services.ts'
import { defineHandler } from '../handler.ts'
import { Pace } from '../turns.ts'

type Request = Decoded<typeof DescribeConfigsRequest>
type Resource = Request['resources'][number]
type Result = Draft<typeof DescribeConfigsResponse>['results'][number]

export const describeConfigs = defineHandler(DescribeConfigsRequest, DescribeConfigsResponse, {
  async handle(services: NodeServices, request, { turns }) {
    // The last mention of a resource counts: an answer is hundreds of times as large as the question.
    const resources = new Map(request.resources.map((it) => [keyOf(it), it])).values()
    const pace = new Pace(turns)
    return { results: await pace.map([...resources], (it) => describe(services, request, it)) }
  },
})

function keyOf({ resourceType, resourceName }: Resource): string {
  return `${resourceType}/${resourceName}`
}

function describe(services: NodeServices, request: Request, resource: Resource): Result {
  const { resourceType, resourceName } = resource
  const rows = rowsOf(services, resource)
  if (typeof rows === 'number') {
    return {
      errorCode: rows,
      errorMessage: errorMessage(rows),
      resourceType,
      resourceName,
      configs: [],
    }
  }
  const configs = rows.map((row) => configOf(row, request))
  return { errorCode: 0, errorMessage: null, resourceType, resourceName, configs }
}

/** The rows of a resource, or the error code that says why there are none. */
function rowsOf(
  services: NodeServices,
  { resourceType, resourceName, configurationKeys }: Resource,
): ConfigRow[] | number {
  const image = services.image()
  // As in Kafka (ConfigHelper), an empty list means all keys, like null.
  const names = configurationKeys?.length === 0 ? null : configurationKeys
  switch (resourceType) {
    case configResourceTypes.TOPIC: {
      if (topicNameProblem(resourceName) !== null) return errorCodes.INVALID_TOPIC_EXCEPTION
      if (image.topics.byName(resourceName) === undefined)
        return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      return describeTopicConfigs(
        image.configs.ofTopic(resourceName),
        services.brokerSettings(),
        names,
      )
    }
    case configResourceTypes.BROKER:
      if (resourceName === '')
        return describeDefaultBrokerConfigs(image.configs.ofDefaultBroker(), names)
      if (resourceName !== String(services.nodeId)) return errorCodes.INVALID_REQUEST
      return describeBrokerConfigs(services.brokerSettings(), names)
    default:
      return errorCodes.INVALID_REQUEST
  }
}

function configOf(row: ConfigRow, request: Request): Result['configs'][number] {
  return {
    name: row.name,
    value: row.value,
    readOnly: row.readOnly,
    configSource: row.source,
    isSensitive: row.sensitive,
    synonyms: request.includeSynonyms ? [...row.synonyms] : [],
    configType: row.type,
    documentation: request.includeDocumentation ? row.documentation : null,
  }
}
