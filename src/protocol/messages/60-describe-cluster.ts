/**
 * DescribeCluster: brokers or controllers of the cluster (KIP-700).
 *
 * - 1: controllers, too (KIP-919).
 * - 2: fenced brokers, too (KIP-1073).
 */
import { INT32_MIN } from '../../base/index.ts'
import {
  array,
  bool,
  field,
  int16,
  int32,
  int8,
  message,
  nullable,
  string,
} from '../../wire/index.ts'

export const DescribeClusterRequest = message(
  { name: 'DescribeClusterRequest', key: 60, versions: [0, 2], flexibleSince: 0 },
  {
    includeClusterAuthorizedOperations: bool,
    /** 1: brokers, 2: controllers. */
    endpointType: field(int8, { since: 1, default: 1 }),
    includeFencedBrokers: field(bool, { since: 2 }),
  },
)

export const DescribeClusterResponse = message(
  { name: 'DescribeClusterResponse', key: 60, versions: [0, 2], flexibleSince: 0 },
  {
    throttleTimeMs: field(int32),
    errorCode: int16,
    errorMessage: field(nullable(string), { default: null }),
    endpointType: field(int8, { since: 1, default: 1 }),
    clusterId: string,
    controllerId: field(int32, { default: -1 }),
    brokers: array({
      brokerId: int32,
      host: string,
      port: int32,
      rack: field(nullable(string), { default: null }),
      isFenced: field(bool, { since: 2 }),
    }),
    clusterAuthorizedOperations: field(int32, { default: INT32_MIN }),
  },
)
