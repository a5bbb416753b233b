/**
 * ListConfigResources (74): what has a configuration (KIP-1142). Version 0 knew only client metrics, of which there are none here.
 */
import { configResourceTypes } from '../../metadata/index.ts'
import {
  errorCodes,
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from '../../protocol/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'

type Listed = Draft<typeof ListConfigResourcesResponse>['configResources'][number]

export const listConfigResources = defineHandler(
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
  {
    handle(broker, { resourceTypes }, { apiVersion }) {
      if (apiVersion === 0) return { errorCode: 0, configResources: [] }
      const known = new Set<number>(Object.values(configResourceTypes))
      const wanted = resourceTypes.length === 0 ? [...known] : [...new Set(resourceTypes)]
      if (wanted.some((type) => !known.has(type))) {
        return { errorCode: errorCodes.UNSUPPORTED_VERSION, configResources: [] }
      }
      return { errorCode: 0, configResources: wanted.flatMap((type) => resourcesOf(broker, type)) }
    },
  },
)

function resourcesOf(broker: Broker, resourceType: number): Listed[] {
  const { topics, cluster } = broker.image()
  const named = (names: Iterable<string>): Listed[] =>
    Array.from(names, (resourceName) => ({ resourceName, resourceType }))
  switch (resourceType) {
    case configResourceTypes.TOPIC:
      return named(Array.from(topics, ({ name }) => name))
    case configResourceTypes.BROKER:
    case configResourceTypes.BROKER_LOGGER:
      return named(cluster.aliveBrokers().map(({ id }) => String(id)))
    case configResourceTypes.GROUP:
    case configResourceTypes.CLIENT_METRICS:
    default:
      return []
  }
}
