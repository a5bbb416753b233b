/**
 * DescribeCluster (60): the brokers, or the controllers, and who leads (KIP-700, KIP-919, KIP-1073). Brokers tell of brokers, controllers
 * of controllers.
 */
import { endpointOf } from '../../metadata/index.ts'
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
  errorCodes,
} from '../../protocol/index.ts'
import type { Decoded, Draft } from '../../wire/index.ts'
import { CLUSTER_OPERATIONS } from '../authorized-operations.ts'
import { defineHandler } from '../handler.ts'
import type { RequestContext } from '../handler.ts'
import type { ControllerServices, NodeServices } from '../services.ts'

type Request = Decoded<typeof DescribeClusterRequest>
type Answer = Draft<typeof DescribeClusterResponse>

const BROKERS = 1
const CONTROLLERS = 2
/** Only from here on a client can say whom it asks for. */
const ENDPOINT_TYPES_SINCE = 1
const UNKNOWN = -1

/** For the listeners of brokers. */
export const describeCluster = defineHandler(DescribeClusterRequest, DescribeClusterResponse, {
  handle(services: NodeServices, request, context) {
    const refused = refusal(services, request, context, BROKERS)
    if (refused !== null) return refused
    const { listenerName } = context
    const { cluster } = services.image()
    const nodes = request.includeFencedBrokers
      ? [...cluster.brokers.values()]
      : cluster.aliveBrokers()
    const brokers = nodes.flatMap((node) => {
      const endpoint = endpointOf(node, listenerName)
      if (endpoint === undefined) return []
      const { host, port } = endpoint
      return [{ brokerId: node.id, host, port, rack: node.rack, isFenced: node.fenced }]
    })
    // Clients may ask any broker for what the controller does: it passes the request on.
    return answer(services, request, brokers, services.nodeId)
  },
})

/** For the listeners of controllers: the controllers that have registered. */
export const describeControllers = defineHandler(DescribeClusterRequest, DescribeClusterResponse, {
  handle(services: ControllerServices, request, context) {
    const refused = refusal(services, request, context, CONTROLLERS)
    if (refused !== null) return refused
    const { cluster } = services.image()
    const controllers = [...cluster.controllers.values()].flatMap((node) => {
      const endpoint = endpointOf(node, context.listenerName)
      if (endpoint === undefined) return []
      return [{ brokerId: node.id, host: endpoint.host, port: endpoint.port, rack: null }]
    })
    return answer(services, request, controllers, services.quorum.leaderId ?? UNKNOWN)
  },
})

/** Null: the client asks the right kind of node. */
function refusal(
  { clusterId }: NodeServices,
  { endpointType }: Request,
  { apiVersion }: RequestContext,
  served: number,
): Answer | null {
  if (endpointType === served) return null
  const isKnown = endpointType === BROKERS || endpointType === CONTROLLERS
  const code = isKnown ? errorCodes.MISMATCHED_ENDPOINT_TYPE : errorCodes.UNSUPPORTED_ENDPOINT_TYPE
  const owner = served === BROKERS ? 'broker' : 'controller'
  return {
    errorCode: apiVersion < ENDPOINT_TYPES_SINCE ? errorCodes.INVALID_REQUEST : code,
    errorMessage: `Cannot describe endpoints of type ${endpointType}: this listener belongs to a ${owner}`,
    clusterId,
    brokers: [],
  }
}

function answer(
  { clusterId }: NodeServices,
  { endpointType, includeClusterAuthorizedOperations }: Request,
  nodes: Answer['brokers'],
  leader: number,
): Answer {
  return {
    errorCode: errorCodes.NONE,
    endpointType,
    clusterId,
    // A node whose address the client does not learn would only confuse it.
    controllerId: nodes.some(({ brokerId }) => brokerId === leader) ? leader : UNKNOWN,
    brokers: nodes,
    ...(includeClusterAuthorizedOperations
      ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS }
      : {}),
  }
}
