/** Whether a cluster can do its work, from what its brokers and its controllers say. */
import { listBrokers } from './brokers.ts'
import type { Broker } from './brokers.ts'
import type { ClusterClient, ClusterMetadata } from './cluster-client.ts'
import { minInsyncReplicas } from './configs.ts'
import { mayPass } from './errors.ts'
import { tryQuorum } from './quorum.ts'
import type { QuorumState } from './quorum.ts'

export interface Health {
  readonly isHealthy: boolean
  /** Brokers that serve. */
  readonly nodes: number
  readonly nodesWanted: number
  readonly partitions: number
  readonly hasController: boolean
  /** Brokers that are registered but do not serve. */
  readonly fenced: readonly number[]
  /** Brokers that are not fenced, but do not answer where they say they listen. */
  readonly unreachable: readonly number[]
  /** Voters of the controllers' quorum that no longer ask the leader for what is new. */
  readonly silentVoters: readonly number[]
  /** Partitions that nobody leads: neither readable nor writable. */
  readonly leaderless: readonly string[]
  /** Partitions with fewer replicas in sync than `min.insync.replicas`: acks=all is refused. */
  readonly underMinIsr: readonly string[]
  /** Partitions some of whose replicas are not in sync. */
  readonly underReplicated: readonly string[]
}

/** What {@link healthOf} judges. */
export interface ClusterView {
  readonly metadata: ClusterMetadata
  readonly brokers: readonly Broker[]
  /** Ids of those that metadata names but that do not answer: dead and not noticed yet, or out of this client's reach. */
  readonly unreachable: readonly number[]
  /** Null: nobody leads it, or it cannot be reached; undefined: the cluster has none that can be asked. */
  readonly quorum: QuorumState | null | undefined
  /** By topic; topics whose partitions are all in sync may be missing. */
  readonly minIsr: ReadonlyMap<string, number>
}

/** Voters ask at least twice a second; one that was paused by its operating system is not reported at once. */
const SILENT_MS = 10_000

/** @param nodesWanted so many brokers must serve */
export function healthOf(view: ClusterView, nodesWanted = 1): Health {
  const { metadata, brokers, unreachable, quorum, minIsr } = view
  const leaderless: string[] = []
  const underMinIsr: string[] = []
  const underReplicated: string[] = []
  let count = 0
  for (const { name, partitions } of metadata.topics) {
    for (const { partitionIndex, leaderId, isrNodes, replicaNodes } of partitions) {
      count += 1
      const partition = `${name ?? ''}-${partitionIndex}`
      if (leaderId < 0) leaderless.push(partition)
      if (isrNodes.length < replicaNodes.length) underReplicated.push(partition)
      const wanted = minIsr.get(name ?? '') ?? 1
      if (isUnderMinIsr(isrNodes.length, replicaNodes.length, wanted)) underMinIsr.push(partition)
    }
  }
  const fenced = brokers.filter(({ isFenced }) => isFenced).map(({ id }) => id)
  const silentVoters = silentVotersOf(quorum)
  const nodes = metadata.brokers.length
  const hasController = metadata.controllerId >= 0 && quorum !== null
  const lists = [fenced, unreachable, silentVoters, leaderless, underMinIsr, underReplicated]
  return {
    isHealthy: hasController && nodes >= nodesWanted && lists.every(({ length }) => length === 0),
    nodes,
    nodesWanted,
    partitions: count,
    hasController,
    fenced,
    unreachable,
    silentVoters,
    leaderless,
    underMinIsr,
    underReplicated,
  }
}

/** As Kafka counts (`UnderMinIsrPartitionCount`): no partition needs more replicas in sync than it has. */
export function isUnderMinIsr(inSync: number, replicas: number, minIsr: number): boolean {
  return inSync < Math.min(minIsr, replicas)
}

function silentVotersOf(quorum: ClusterView['quorum']): number[] {
  if (!quorum?.hasTimes) return []
  const silent = quorum.voters.filter(({ silentMs }) => silentMs === null || silentMs > SILENT_MS)
  return silent.map(({ id }) => id)
}

/** Asks for everything that {@link healthOf} needs. Throws KafkaError, UnreachableError, RpcError, NetworkError. */
export async function lookAtCluster(client: ClusterClient): Promise<ClusterView> {
  const metadata = await client.metadata(null)
  const brokers = await listBrokers(client, metadata)
  // All others have enough in sync, whatever the configuration says.
  const behind = metadata.topics.filter(({ partitions }) =>
    partitions.some(({ isrNodes, replicaNodes }) => isrNodes.length < replicaNodes.length),
  )
  const minIsr = await minInsyncReplicas(
    client,
    behind.map(({ name }) => name ?? ''),
  )
  const [unreachable, quorum] = await Promise.all([
    unreachableOf(client, metadata),
    tryQuorum(client),
  ])
  return { metadata, brokers, unreachable, quorum, minIsr }
}

/** Without a controller nobody fences a broker that has died, so metadata alone would call it healthy. */
async function unreachableOf(client: ClusterClient, metadata: ClusterMetadata): Promise<number[]> {
  const ids = await Promise.all(
    metadata.brokers.map(async ({ nodeId }) => {
      try {
        await client.node(nodeId)
        return []
      } catch (error) {
        if (mayPass(error)) return [nodeId]
        throw error
      }
    }),
  )
  return ids.flat()
}

const SHOWN_MAX = 5

/** What is wrong, one sentence each, the worst first; empty when nothing is. */
export function problemsOf(health: Health): string[] {
  const problems: string[] = []
  const { nodes, nodesWanted } = health
  if (nodes < nodesWanted) problems.push(`Brokers that serve: ${nodes} of ${nodesWanted}.`)
  if (!health.hasController) problems.push('There is no controller.')
  const tell = (what: string, names: readonly (string | number)[]): void => {
    if (names.length > 0) problems.push(`${what}: ${listOf(names)}.`)
  }
  tell('Without a leader', health.leaderless)
  tell('Fewer in sync than min.insync.replicas', health.underMinIsr)
  tell('Not fully in sync', health.underReplicated)
  tell('Fenced brokers', health.fenced)
  tell('Brokers that do not answer', health.unreachable)
  tell('Voters of the quorum that do not fetch', health.silentVoters)
  return problems
}

function listOf(names: readonly (string | number)[]): string {
  const shown = names.slice(0, SHOWN_MAX).join(', ')
  const more = names.length - SHOWN_MAX
  return more > 0 ? `${shown} and ${more} more` : shown
}
