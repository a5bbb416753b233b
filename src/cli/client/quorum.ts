/** The quorum of the controllers: who leads, how far each voter and observer is, and changing the voters (KIP-595, KIP-836, KIP-853). */
import { ZERO_UUID } from '../../base/index.ts'
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
  DescribeQuorumRequest,
  DescribeQuorumResponse,
  errorCodes,
  MetadataRequest,
} from '../../protocol/index.ts'
import type { NodeConnection } from '../../rpc/index.ts'
import type { Decoded } from '../../wire/index.ts'
import type { Address } from './address.ts'
import { Backoff } from './backoff.ts'
import type { ClusterClient } from './cluster-client.ts'
import { checkError, KafkaError, mayPass } from './errors.ts'

const METADATA_TOPIC = '__cluster_metadata'

/** Where a controller listens. */
export interface QuorumEndpoint extends Address {
  /** Of the listener. */
  readonly name: string
}

export interface QuorumReplica {
  readonly id: number
  /** Null: the quorum is too old to know (before KIP-853). */
  readonly directoryId: string | null
  readonly logEnd: number
  /** Records behind the leader's log end. */
  readonly lag: number
  /** How long ago it last had everything, by the leader's clock; null: not since this leader leads, or nobody knows. */
  readonly lagMs: number | null
  /** How long ago it last asked, by the leader's clock; null as above. */
  readonly silentMs: number | null
  /** As Kafka tells them: milliseconds since 1970, -1 for unknown. */
  readonly lastFetchTimestamp: number
  readonly lastCaughtUpTimestamp: number
  readonly endpoints: readonly QuorumEndpoint[]
}

export interface QuorumState {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  /** Whether the leader tells when replicas fetched (from version 1 on). */
  readonly hasTimes: boolean
  readonly voters: readonly QuorumReplica[]
  readonly observers: readonly QuorumReplica[]
}

type Answer = Decoded<typeof DescribeQuorumResponse>
type PartitionAnswer = Answer['topics'][number]['partitions'][number]

/** Throws KafkaError; RpcError where the cluster has no such quorum. */
export async function describeQuorum(client: ClusterClient): Promise<QuorumState> {
  return askQuorum(client, describeOnce)
}

async function describeOnce(node: NodeConnection): Promise<QuorumState> {
  const answer = await node.send(DescribeQuorumRequest, DescribeQuorumResponse, {
    topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
  })
  const action = 'describe the quorum'
  checkError(answer.errorCode, action, answer.errorMessage)
  const partition = answer.topics[0]?.partitions[0]
  const errorCode = partition?.errorCode ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  if (partition === undefined || errorCode !== 0)
    throw new KafkaError(errorCode, action, partition?.errorMessage)
  return stateOf(partition, answer)
}

export function stateOf(partition: PartitionAnswer, { nodes }: Pick<Answer, 'nodes'>): QuorumState {
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition
  const all = [...currentVoters, ...observers]
  const leader = all.find(({ replicaId }) => replicaId === leaderId)
  const leaderEnd = leader?.logEndOffset ?? highWatermark
  // The leader stamps itself with its own time: all others are compared with that, not with the clock of this machine.
  const nowMs = leader?.lastFetchTimestamp ?? -1
  const ago = (timestamp: number): number | null =>
    timestamp < 0 || nowMs < 0 ? null : Math.max(nowMs - timestamp, 0)
  const asReplica = (replica: PartitionAnswer['currentVoters'][number]): QuorumReplica => ({
    id: replica.replicaId,
    directoryId: replica.replicaDirectoryId === ZERO_UUID ? null : replica.replicaDirectoryId,
    logEnd: replica.logEndOffset,
    lag: Math.max(leaderEnd - replica.logEndOffset, 0),
    lagMs: ago(replica.lastCaughtUpTimestamp),
    silentMs: ago(replica.lastFetchTimestamp),
    lastFetchTimestamp: replica.lastFetchTimestamp,
    lastCaughtUpTimestamp: replica.lastCaughtUpTimestamp,
    endpoints: nodes.find(({ nodeId }) => nodeId === replica.replicaId)?.listeners ?? [],
  })
  return {
    leaderId,
    leaderEpoch,
    highWatermark,
    hasTimes: nowMs >= 0,
    voters: currentVoters.map(asReplica),
    observers: observers.map(asReplica),
  }
}

/** As errors of KRaft: whoever was asked does not lead, so nothing has happened. */
const NOT_THE_LEADER: readonly number[] = [
  errorCodes.NOT_LEADER_OR_FOLLOWER,
  errorCodes.NOT_CONTROLLER,
  errorCodes.BROKER_NOT_AVAILABLE,
]

/**
 * Asks a broker, which passes it on, or the controller that leads when the client was given controllers to start from. While
 * nobody leads it asks again.
 */
export async function askQuorum<T>(
  client: ClusterClient,
  ask: (node: NodeConnection) => Promise<T>,
): Promise<T> {
  const backoff = new Backoff(client, client.timeoutMs)
  for (;;) {
    try {
      return await ask(await leaderOrBroker(client))
    } catch (error) {
      const isNotLeader = error instanceof KafkaError && NOT_THE_LEADER.includes(error.errorCode)
      if (!isNotLeader || !(await backoff.pause())) throw error
    }
  }
}

const CONTROLLERS = 2

async function leaderOrBroker(client: ClusterClient): Promise<NodeConnection> {
  const node = await client.any()
  if (node.versionOf(MetadataRequest) !== null) return node
  const answer = await node.send(DescribeClusterRequest, DescribeClusterResponse, {
    includeClusterAuthorizedOperations: false,
    endpointType: CONTROLLERS,
  })
  checkError(answer.errorCode, 'find the active controller', answer.errorMessage)
  const leader = answer.brokers.find(({ brokerId }) => brokerId === answer.controllerId)
  // Before controllers have registered, the one at hand may lead all the same; else it says that it does not.
  return leader === undefined ? node : client.at(leader)
}

/** For a look at the whole: null when the quorum cannot be reached now, undefined when the cluster has none to ask. */
export async function tryQuorum(client: ClusterClient): Promise<QuorumState | null | undefined> {
  const node = await client.any()
  if (node.versionOf(DescribeQuorumRequest) === null) return undefined
  try {
    return await describeQuorum(client)
  } catch (error) {
    if (mayPass(error)) return null
    throw error
  }
}
