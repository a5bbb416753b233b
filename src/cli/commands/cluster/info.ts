import type { Command } from 'commander'
import type { Broker } from '../../client/brokers.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { healthOf, lookAtCluster, problemsOf } from '../../client/health.ts'
import type { ClusterView, Health } from '../../client/health.ts'
import {
  examples,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

export function register(cluster: Command): void {
  withCommon(
    cluster
      .command('info')
      .alias('describe')
      .description('Show the cluster id, the nodes, features, and how partitions are'),
  )
    .addHelpText(
      'after',
      examples(
        'highwater cluster info',
        "highwater cluster info --format json | jq -r '.nodes[].host'",
      ),
    )
    .action((options: CommonOptions) => runCommand(options, (client) => info(client, options)))
}

/** As Kafka says that there is no controller. */
const NOBODY = -1

interface NodeRow extends Broker {
  readonly isController: boolean
  readonly isReachable: boolean
  readonly leads: number
  readonly replicas: number
}

async function info(client: ClusterClient, { format }: CommonOptions): Promise<void> {
  const view = await lookAtCluster(client)
  const { metadata } = view
  const node = await client.any()
  // Brokers of a KRaft cluster name any broker as controller in their metadata; the quorum knows better.
  const controllerId =
    view.quorum === null ? NOBODY : (view.quorum?.leaderId ?? metadata.controllerId)
  const nodes = nodesOf(view, controllerId)
  const features = (node.apiVersions?.finalizedFeatures ?? []).map(({ name, maxVersionLevel }) => ({
    name,
    level: maxVersionLevel,
  }))
  const health = healthOf(view)
  const voters = view.quorum?.voters.map(({ id }) => id) ?? []
  const { clusterId } = metadata
  const topics = metadata.topics.length
  if (format === 'json') {
    return printJson({ clusterId, controllerId, voters, nodes, features, topics, health })
  }
  printText(`Cluster ${clusterId ?? 'without an id'}`)
  if (voters.length > 0) printText(`Controller ${controllerId}, voters ${voters.join(', ')}`)
  printText(countsText(topics, nodes, health))
  for (const problem of problemsOf(health)) printText(problem)
  if (features.length > 0) {
    printText(`Features: ${features.map(({ name, level }) => `${name}=${level}`).join(', ')}`)
  }
  printText('')
  await printTable(
    [
      { title: 'node', align: 'right', cell: ({ id }) => id },
      { title: 'host', cell: ({ host }) => host },
      { title: 'port', align: 'right', cell: ({ port }) => port },
      { title: 'rack', cell: ({ rack }) => rack },
      { title: 'leads', align: 'right', cell: ({ leads }) => leads },
      { title: 'replicas', align: 'right', cell: ({ replicas }) => replicas },
      { title: 'state', cell: stateOf },
    ],
    nodes,
  )
}

function countsText(topics: number, nodes: readonly NodeRow[], health: Health): string {
  const { fenced, leaderless, partitions, underMinIsr, underReplicated } = health
  const counts = [
    `${nodes.length} brokers (${fenced.length} fenced)`,
    `${topics} topics`,
    `${partitions} partitions`,
    `${underReplicated.length} under-replicated`,
    `${underMinIsr.length} under min ISR`,
    `${leaderless.length} offline`,
  ]
  return counts.join(', ')
}

function stateOf({ isFenced, isReachable, isController }: NodeRow): string {
  if (isFenced) return 'fenced'
  if (!isReachable) return 'does not answer'
  return isController ? 'up, controller' : 'up'
}

function nodesOf({ metadata, brokers, unreachable }: ClusterView, controllerId: number): NodeRow[] {
  const leads = new Map<number, number>()
  const replicas = new Map<number, number>()
  const count = (counts: Map<number, number>, id: number): unknown =>
    counts.set(id, (counts.get(id) ?? 0) + 1)
  for (const { leaderId, replicaNodes } of metadata.topics.flatMap((it) => it.partitions)) {
    count(leads, leaderId)
    for (const id of replicaNodes) count(replicas, id)
  }
  return brokers.map((broker) => ({
    ...broker,
    isController: broker.id === controllerId,
    isReachable: !broker.isFenced && !unreachable.includes(broker.id),
    leads: leads.get(broker.id) ?? 0,
    replicas: replicas.get(broker.id) ?? 0,
  }))
}
