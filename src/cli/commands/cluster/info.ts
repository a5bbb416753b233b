import type { Command } from 'commander'
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
  DescribeQuorumRequest,
  DescribeQuorumResponse,
} from '../../../protocol/index.ts'

import type { ClusterClient, ClusterMetadata } from '../../client/cluster-client.ts'
import { checkError } from '../../client/errors.ts'
import { healthOf, problemsOf } from '../../client/health.ts'
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

const METADATA_TOPIC = '__cluster_metadata'

interface NodeRow {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  readonly isFenced: boolean
  readonly isController: boolean
  readonly leads: number
}

async function info(client: ClusterClient, { format }: CommonOptions): Promise<void> {
  const metadata = await client.metadata(null)
  const node = await client.any()
  const controllerId = (await quorumLeader(client)) ?? metadata.controllerId
  const nodes = await nodesOf(client, metadata, controllerId)
  const features = (node.apiVersions?.finalizedFeatures ?? []).map(({ name, maxVersionLevel }) => ({
    name,
    level: maxVersionLevel,
  }))
  const health = healthOf(metadata)
  const { clusterId, topics } = metadata
  if (format === 'json') {
    return printJson({ clusterId, controllerId, nodes, features, topics: topics.length, health })
  }
  printText(`Cluster ${clusterId ?? 'without an id'}`)
  printText(`${topics.length} topics, ${health.partitions} partitions`)
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
      { title: 'state', cell: stateOf },
    ],
    nodes,
  )
}

function stateOf({ isFenced, isController }: NodeRow): string {
  if (isFenced) return 'fenced'
  return isController ? 'up, controller' : 'up'
}

/** With fenced ones where the cluster tells of them (KIP-1073). */
async function nodesOf(
  client: ClusterClient,
  metadata: ClusterMetadata,
  controllerId: number,
): Promise<NodeRow[]> {
  const leads = new Map<number, number>()
  for (const { partitions } of metadata.topics) {
    for (const { leaderId } of partitions) leads.set(leaderId, (leads.get(leaderId) ?? 0) + 1)
  }
  const brokers = (await describeCluster(client)) ?? metadata.brokers.map(asDescribed)
  return brokers
    .map(({ brokerId: id, host, port, rack, isFenced }) => {
      const isController = id === controllerId
      return { id, host, port, rack, isFenced, isController, leads: leads.get(id) ?? 0 }
    })
    .sort((a, b) => a.id - b.id)
}

/** Brokers of a KRaft cluster name any broker as controller in their metadata; the quorum knows better. Null: it cannot be asked. */
async function quorumLeader(client: ClusterClient): Promise<number | null> {
  const node = await client.any()
  if (node.versionOf(DescribeQuorumRequest) === null) return null
  const { errorCode, topics } = await node.send(DescribeQuorumRequest, DescribeQuorumResponse, {
    topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
  })
  const partition = topics[0]?.partitions[0]
  const isKnown = errorCode === 0 && partition?.errorCode === 0 && partition.leaderId >= 0
  return isKnown ? partition.leaderId : null
}

type DescribedBroker = Pick<
  ReturnType<typeof DescribeClusterResponse.decode>['brokers'][number],
  'brokerId' | 'host' | 'port' | 'rack' | 'isFenced'
>

function asDescribed(broker: ClusterMetadata['brokers'][number]): DescribedBroker {
  return { ...broker, brokerId: broker.nodeId, isFenced: false }
}

/** Null: the cluster is too old for the question. */
async function describeCluster(client: ClusterClient): Promise<DescribedBroker[] | null> {
  const node = await client.any()
  const version = node.versionOf(DescribeClusterRequest)
  if (version === null) return null
  const answer = await node.send(DescribeClusterRequest, DescribeClusterResponse, {
    includeClusterAuthorizedOperations: false,
    includeFencedBrokers: version >= 2,
  })
  checkError(answer.errorCode, 'describe the cluster', answer.errorMessage)
  return answer.brokers
}
