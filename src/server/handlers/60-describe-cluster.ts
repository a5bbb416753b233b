/**
 * DescribeCluster (60): the brokers, or the controllers, and who leads (KIP-700, KIP-919, KIP-1073).
 */
import { endpointOf } from '../../metadata/index.ts'
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
  errorCodes,
} from '../../protocol/index.ts'
import { CLUSTER_OPERATIONS } from '../authorized-operations.ts'
import { defineHandler } from '../handler.ts'

const BROKERS = 1
const CONTROLLERS = 2

export const describeCluster = defineHandler(DescribeClusterRequest, DescribeClusterResponse, {
  handle(
    broker,
    { endpointType, includeFencedBrokers, includeClusterAuthorizedOperations },
    { listenerName },
  ) {
    const { clusterId, nodeId } = broker
    if (endpointType !== BROKERS) {
      return {
        // As Apache's brokers answer when they are asked for controllers.
        errorCode:
          endpointType === CONTROLLERS
            ? errorCodes.MISMATCHED_ENDPOINT_TYPE
            : errorCodes.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: `Cannot describe endpoints of type ${endpointType}: this listener belongs to a broker`,
        clusterId,
        brokers: [],
      }
    }
    const { cluster } = broker.image()
    const nodes = includeFencedBrokers ? [...cluster.brokers.values()] : cluster.aliveBrokers()
    const brokers = nodes.flatMap((node) => {
      const endpoint = endpointOf(node, listenerName)
      if (endpoint === undefined) return []
      const { host, port } = endpoint
      return [{ brokerId: node.id, host, port, rack: node.rack, isFenced: node.fenced }]
    })
    return {
      errorCode: 0,
      endpointType,
      clusterId,
      controllerId: nodeId,
      brokers,
      ...(includeClusterAuthorizedOperations
        ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS }
        : {}),
    }
  },
})
