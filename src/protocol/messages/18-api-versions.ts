/**
 * ApiVersions: which APIs and versions a broker serves, and its features. The first request on a
 * connection, also before authentication.
 *
 * - 3: flexible, but never the header of the response; the client names itself (KIP-511);
 *   features (KIP-584).
 * - 4: supported features may begin at version 0; before, those are left out (KAFKA-17011).
 * - 5: the client names the cluster and node it means to reach, and a wrong one is answered with
 *   REBOOTSTRAP_REQUIRED (KIP-1242).
 *
 * A version that the broker does not know is answered in version 0 with UNSUPPORTED_VERSION and
 * the range of this API.
 */
import {
  array,
  bool,
  field,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const ApiVersionsRequest = message(
  { name: 'ApiVersionsRequest', key: 18, versions: [0, 5], flexibleSince: 3 },
  {
    clientSoftwareName: field(string, { since: 3 }),
    clientSoftwareVersion: field(string, { since: 3 }),
    clusterId: field(nullable(string), { since: 5, default: null }),
    nodeId: field(int32, { since: 5, default: -1 }),
  },
)

export const ApiVersionsResponse = message(
  { name: 'ApiVersionsResponse', key: 18, versions: [0, 5], flexibleSince: 3 },
  {
    errorCode: int16,
    apiKeys: array({ apiKey: int16, minVersion: int16, maxVersion: int16 }),
    throttleTimeMs: field(int32, { since: 1 }),
    supportedFeatures: field(array({ name: string, minVersion: int16, maxVersion: int16 }), {
      since: 3,
      tag: 0,
    }),
    finalizedFeaturesEpoch: field(int64, { since: 3, tag: 1, default: -1 }),
    finalizedFeatures: field(
      array({ name: string, maxVersionLevel: int16, minVersionLevel: int16 }),
      { since: 3, tag: 2 },
    ),
    zkMigrationReady: field(bool, { since: 3, tag: 3 }),
  },
)
