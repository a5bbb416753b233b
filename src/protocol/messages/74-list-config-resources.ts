/**
 * ListConfigResources: names of the resources that have dynamic configuration.
 *
 * - 0: only those for client metrics (KIP-714).
 * - 1: any resource type (KIP-1142).
 */
import { array, field, int16, int32, int8, message, string } from '../../wire/index.ts'

export const ListConfigResourcesRequest = message(
  { name: 'ListConfigResourcesRequest', key: 74, versions: [0, 1], flexibleSince: 0 },
  {
    resourceTypes: field(array(int8), { since: 1 }),
  },
)

export const ListConfigResourcesResponse = message(
  { name: 'ListConfigResourcesResponse', key: 74, versions: [0, 1], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    configResources: array({
      resourceName: string,
      resourceType: field(int8, { since: 1, default: 16 }),
    }),
  },
)
