/** The brokers of a cluster, with those that are registered but not serving. */
import { DescribeClusterRequest, DescribeClusterResponse } from '../../protocol/index.ts'
import { UsageError } from '../failure.ts'
import type { ClusterClient, ClusterMetadata } from './cluster-client.ts'
import { checkError } from './errors.ts'

export interface Broker {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  /** Registered, but down or not caught up: it serves nothing (KIP-1073; false where the cluster is too old to say). */
  readonly isFenced: boolean
}

/** Fenced brokers are told of from here on. */
const FENCED_SINCE = 2

/**
 * By id. Fenced ones are missing where the cluster is too old to tell of them.
 *
 * @param metadata for clusters that are too old to be asked
 */
export async function listBrokers(
  client: ClusterClient,
  metadata?: ClusterMetadata,
): Promise<Broker[]> {
  const node = await client.any()
  const version = node.versionOf(DescribeClusterRequest)
  if (version === null) {
    const { brokers } = metadata ?? (await client.metadata([]))
    return sorted(brokers.map(({ nodeId: id, ...rest }) => ({ ...rest, id, isFenced: false })))
  }
  const answer = await node.send(DescribeClusterRequest, DescribeClusterResponse, {
    includeClusterAuthorizedOperations: false,
    includeFencedBrokers: version >= FENCED_SINCE,
  })
  checkError(answer.errorCode, 'describe the cluster', answer.errorMessage)
  return sorted(answer.brokers.map(({ brokerId: id, ...rest }) => ({ ...rest, id })))
}

function sorted(brokers: readonly Broker[]): Broker[] {
  return brokers
    .map(({ id, host, port, rack, isFenced }) => ({ id, host, port, rack, isFenced }))
    .sort((a, b) => a.id - b.id)
}

/** The brokers with these ids, in their order. Throws UsageError when one is not registered. */
export function brokersWith(brokers: readonly Broker[], ids: readonly number[]): Broker[] {
  return ids.map((id) => {
    const broker = brokers.find((known) => known.id === id)
    if (broker !== undefined) return broker
    const known = brokers.map((other) => other.id).join(', ')
    throw new UsageError(`Cannot find broker ${id}: registered are ${known || 'none'}`)
  })
}
