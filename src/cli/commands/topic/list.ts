import type { Command } from 'commander'
import type { ClusterClient, TopicMetadata } from '../../client/cluster-client.ts'
import { examples, printJson, printTable, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

interface ListOptions extends CommonOptions {
  readonly internal?: true
}

export function register(topic: Command): void {
  withCommon(topic.command('list').alias('ls').description('List topics'))
    .option('--internal', 'also internal topics, such as __consumer_offsets')
    .addHelpText(
      'after',
      examples(
        'highwater topic list',
        'highwater topic list --internal -b kafka-1:9092,kafka-2:9092',
        "highwater topic list --format json | jq -r '.topics[].name'",
      ),
    )
    .action((options: ListOptions) => runCommand(options, (client) => list(client, options)))
}

async function list(client: ClusterClient, options: ListOptions): Promise<void> {
  const { topics } = await client.metadata(null)
  const shown = topics
    .filter(({ isInternal }) => options.internal || !isInternal)
    .map(summaryOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (options.format === 'json') return printJson({ topics: shown })
  await printTable(
    [
      { title: 'name', cell: ({ name }) => name },
      { title: 'partitions', align: 'right', cell: ({ partitions }) => partitions },
      { title: 'replicas', align: 'right', cell: ({ replicas }) => replicas },
    ],
    shown,
  )
}

function summaryOf({ name, topicId, isInternal, partitions }: TopicMetadata): {
  name: string
  topicId: string
  partitions: number
  replicas: number
  isInternal: boolean
} {
  const replicas = Math.max(0, ...partitions.map(({ replicaNodes }) => replicaNodes.length))
  return { name: name ?? '', topicId, partitions: partitions.length, replicas, isInternal }
}
