/**
 * ApiVersions (18): what is served, which is exactly the list of handlers, and the features of the cluster (KIP-35, KIP-511,
 * KIP-584). Version 5 lets a client say whom it means to reach (KIP-1242).
 */
import { ApiVersionsRequest, ApiVersionsResponse, errorCodes } from '../../protocol/index.ts'
import { supportedFeatures } from '../../metadata/index.ts'
import { defineHandler } from '../handler.ts'
import type { NodeServices } from '../services.ts'

/** Names and versions of client software (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export const apiVersions = defineHandler(ApiVersionsRequest, ApiVersionsResponse, {
  handle(services: NodeServices, request, { apiVersion }) {
    const { clientSoftwareName, clientSoftwareVersion, clusterId, nodeId } = request
    if (
      apiVersion >= 3 &&
      !(SOFTWARE.test(clientSoftwareName) && SOFTWARE.test(clientSoftwareVersion))
    ) {
      return { errorCode: errorCodes.INVALID_REQUEST, apiKeys: [] }
    }
    const meansAnother =
      (clusterId !== null && clusterId !== services.clusterId) ||
      (nodeId !== -1 && nodeId !== services.nodeId)
    if (meansAnother) return { errorCode: errorCodes.REBOOTSTRAP_REQUIRED, apiKeys: [] }
    const { features, provenance } = services.image()
    return {
      errorCode: 0,
      apiKeys: services.served.map(({ api }) => ({
        apiKey: api.key,
        minVersion: api.advertised[0],
        maxVersion: api.advertised[1],
      })),
      // Clients before version 4 cannot read a range that begins at 0 (KAFKA-17011); one that ends there says nothing.
      supportedFeatures: [...supportedFeatures]
        .filter(([, range]) => range.max > 0 && (apiVersion >= 4 || range.min > 0))
        .map(([name, range]) => ({ name, minVersion: range.min, maxVersion: range.max })),
      finalizedFeaturesEpoch: provenance.offsetLast,
      // A cluster of Apache Kafka may have finalized what is not served here: clients must not count on it.
      finalizedFeatures: [...features.levels].filter(isServed).map(([name, level]) => ({
        name,
        maxVersionLevel: level,
        minVersionLevel: level,
      })),
    }
  },
})

function isServed([name, level]: readonly [string, number]): boolean {
  return level <= (supportedFeatures.get(name)?.max ?? 0)
}
