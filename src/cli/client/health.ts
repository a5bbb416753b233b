/** Whether a cluster can do its work, from what its metadata says. */
import type { ClusterMetadata } from './cluster-client.ts'

export interface Health {
  readonly isHealthy: boolean
  readonly nodes: number
  readonly partitions: number
  readonly hasController: boolean
  /** Partitions that nobody leads: neither readable nor writable. */
  readonly leaderless: readonly string[]
  /** Partitions some of whose replicas are not in sync. */
  readonly underReplicated: readonly string[]
}

export function healthOf({ brokers, controllerId, topics }: ClusterMetadata): Health {
  const leaderless: string[] = []
  const underReplicated: string[] = []
  let count = 0
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, leaderId, isrNodes, replicaNodes } of partitions) {
      count += 1
      const partition = `${name ?? ''}-${partitionIndex}`
      if (leaderId < 0) leaderless.push(partition)
      if (isrNodes.length < replicaNodes.length) underReplicated.push(partition)
    }
  }
  const hasController = controllerId >= 0
  return {
    isHealthy:
      hasController &&
      brokers.length > 0 &&
      leaderless.length === 0 &&
      underReplicated.length === 0,
    nodes: brokers.length,
    partitions: count,
    hasController,
    leaderless,
    underReplicated,
  }
}

const SHOWN_MAX = 5

/** What is wrong, one sentence each; empty when nothing is. */
export function problemsOf(health: Health): string[] {
  const problems: string[] = []
  if (health.nodes === 0) problems.push('No broker is registered.')
  if (!health.hasController) problems.push('There is no controller.')
  const { leaderless, underReplicated } = health
  if (leaderless.length > 0) problems.push(`Without a leader: ${listOf(leaderless)}.`)
  if (underReplicated.length > 0) problems.push(`Not fully in sync: ${listOf(underReplicated)}.`)
  return problems
}

function listOf(partitions: readonly string[]): string {
  const shown = partitions.slice(0, SHOWN_MAX).join(', ')
  const more = partitions.length - SHOWN_MAX
  return more > 0 ? `${shown} and ${more} more` : shown
}
