/**
 * Metadata: brokers, topics, partitions and their leaders. The first thing a client asks.
 *
 * - 0: an empty list of topics means all of them; from 1 on null means all and empty none.
 * - 1: racks, controller, internal topics. 2: cluster id.
 * - 4: the client says whether asking may create a topic.
 * - 5: offline replicas.
 * - 7: leader epochs.
 * - 8: authorized operations; those of the cluster only up to 10, DescribeCluster has them since
 *   (KIP-700).
 * - 9: flexible.
 * - 10: topic ids in the response; in the request they count only from 12 on.
 * - 12: topics may be asked for by id.
 * - 13: an error for the whole response.
 */
import { INT32_MIN } from '../../base/index.ts'
import {
  array,
  bool,
  field,
  int16,
  int32,
  message,
  nullable,
  string,
  uuid,
} from '../../wire/index.ts'

export const MetadataRequest = message(
  { name: 'MetadataRequest', key: 3, versions: [0, 13], flexibleSince: 9 },
  {
    /** Null: all topics; in version 0 an empty list says so. */
    topics: nullable(
      array({
        topicId: field(uuid, { since: 10 }),
        name: nullable(string, 10),
      }),
      1,
    ),
    allowAutoTopicCreation: field(bool, { since: 4, default: true }),
    includeClusterAuthorizedOperations: field(bool, { since: 8, until: 10 }),
    includeTopicAuthorizedOperations: field(bool, { since: 8 }),
  },
)

export const MetadataResponse = message(
  { name: 'MetadataResponse', key: 3, versions: [0, 13], flexibleSince: 9 },
  {
    throttleTimeMs: field(int32, { since: 3 }),
    brokers: array({
      nodeId: int32,
      host: string,
      port: int32,
      rack: field(nullable(string), { since: 1, default: null }),
    }),
    clusterId: field(nullable(string), { since: 2, default: null }),
    controllerId: field(int32, { since: 1, default: -1 }),
    topics: array({
      errorCode: int16,
      /** Null for an id that nobody knows. */
      name: nullable(string, 12),
      topicId: field(uuid, { since: 10 }),
      isInternal: field(bool, { since: 1 }),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        /** -1: no leader. */
        leaderId: int32,
        leaderEpoch: field(int32, { since: 7, default: -1 }),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        offlineReplicas: field(array(int32), { since: 5 }),
      }),
      /** Bits by operation; the default says that nobody asked. */
      topicAuthorizedOperations: field(int32, { since: 8, default: INT32_MIN }),
    }),
    /** Bits by operation; the default says that nobody asked. */
    clusterAuthorizedOperations: field(int32, { since: 8, until: 10, default: INT32_MIN }),
    errorCode: field(int16, { since: 13 }),
  },
)
