/**
 * FindCoordinator (10): which broker serves a group. Until version 3 one key, from 4 on many, each with its own error (KIP-699).
 */
import { endpointOf } from '../../metadata/index.ts'
import {
  errorCodes,
  errorMessage,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from '../../protocol/index.ts'
import type { Draft } from '../../wire/index.ts'
import type { Broker } from '../services.ts'
import { defineHandler } from '../handler.ts'
import { OFFSETS_TOPIC } from '../topic-lookup.ts'

type Coordinator = NonNullable<Draft<typeof FindCoordinatorResponse>['coordinators']>[number]

const GROUP = 0
/** One answer per request from here on holds the keys' own errors. */
const BATCHED_SINCE = 4

export const findCoordinator = defineHandler(FindCoordinatorRequest, FindCoordinatorResponse, {
  async handle(broker, request, { apiVersion, listenerName }) {
    const keys = apiVersion >= BATCHED_SINCE ? request.coordinatorKeys : [request.key]
    const coordinators: Coordinator[] = []
    for (const key of keys)
      coordinators.push(await find(broker, key, request.keyType, listenerName))
    if (apiVersion >= BATCHED_SINCE) return { coordinators }
    const [only] = coordinators
    return { ...only }
  },
})

async function find(
  broker: Broker,
  key: string,
  keyType: number,
  listenerName: string,
): Promise<Coordinator> {
  // Transactions and share groups are not served: say so instead of sending the client on a search.
  if (keyType !== GROUP) return refusal(key, errorCodes.INVALID_REQUEST)
  if (broker.image().topics.byName(OFFSETS_TOPIC) === undefined) {
    const errorCode = await broker.controller.ensureTopic(OFFSETS_TOPIC)
    if (errorCode !== 0) return refusal(key, errorCodes.COORDINATOR_NOT_AVAILABLE)
  }
  const image = broker.image()
  const partition = image.topics.byName(OFFSETS_TOPIC)?.partitions[broker.groups.partitionFor(key)]
  const node = partition === undefined ? undefined : image.cluster.broker(partition.leader)
  const endpoint = node === undefined || node.fenced ? undefined : endpointOf(node, listenerName)
  if (node === undefined || endpoint === undefined)
    return refusal(key, errorCodes.COORDINATOR_NOT_AVAILABLE)
  const { host, port } = endpoint
  return { key, nodeId: node.id, host, port, errorCode: 0, errorMessage: null }
}

function refusal(key: string, errorCode: number): Coordinator {
  return { key, nodeId: -1, host: '', port: -1, errorCode, errorMessage: errorMessage(errorCode) }
}
