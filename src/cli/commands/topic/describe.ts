import type { Command } from 'commander'
import { checkError } from '../../client/errors.ts'
import type { ClusterClient, TopicMetadata } from '../../client/cluster-client.ts'
import { describeConfigs } from '../../client/configs.ts'
import type { ConfigValue } from '../../client/configs.ts'
import { logEnds } from '../../client/consume-plan.ts'
import { partitionName } from '../../client/partitions.ts'
import {
  examples,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import type { Column } from '../../text/table.ts'

export function register(topic: Command): void {
  withCommon(
    topic
      .command('describe')
      .description('Show partitions, leaders, replicas, offsets and configuration of topics')
      .argument('<topic...>'),
  )
    .addHelpText(
      'after',
      examples(
        'highwater topic describe orders',
        "highwater topic describe orders --format json | jq '.topics[0].partitions'",
      ),
    )
    .action((names: string[], options: CommonOptions) =>
      runCommand(options, (client) => describe(client, [...new Set(names)], options)),
    )
}

interface Partition {
  readonly partition: number
  readonly leader: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offline: readonly number[]
  /** Null: no leader can say. */
  readonly start: number | null
  readonly end: number | null
}

async function describe(
  client: ClusterClient,
  names: readonly string[],
  { format }: CommonOptions,
): Promise<void> {
  const { topics } = await client.metadata(names)
  for (const { name, errorCode } of topics) checkError(errorCode, `describe topic '${name ?? ''}'`)
  const described = await Promise.all(
    topics.map(async (topic) => ({
      name: topic.name ?? '',
      topicId: topic.topicId,
      isInternal: topic.isInternal,
      partitions: await partitionsOf(client, topic),
      configs: setByHand(await describeConfigs(client, { kind: 'topic', name: topic.name ?? '' })),
    })),
  )
  if (format === 'json') {
    const configsOf = (values: readonly ConfigValue[]): unknown =>
      Object.fromEntries(values.map(({ name, value }) => [name, value]))
    return printJson({
      topics: described.map((topic) => ({ ...topic, configs: configsOf(topic.configs) })),
    })
  }
  for (const [index, { name, topicId, partitions, configs }] of described.entries()) {
    if (index > 0) printText('')
    printText(`Topic ${name}, id ${topicId}`)
    for (const config of configs) printText(`  ${config.name}=${config.value ?? ''}`)
    await printTable(COLUMNS, partitions)
  }
}

function setByHand(configs: readonly ConfigValue[]): ConfigValue[] {
  return configs.filter(({ source }) => source === 'topic')
}

async function partitionsOf(client: ClusterClient, topic: TopicMetadata): Promise<Partition[]> {
  const name = topic.name ?? ''
  const led = topic.partitions
    .filter(({ leaderId }) => leaderId >= 0)
    .map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex }))
  const ends = await logEnds(client, led)
  return topic.partitions
    .map((found) => {
      const known = ends.get(partitionName({ topic: name, partition: found.partitionIndex }))
      return {
        partition: found.partitionIndex,
        leader: found.leaderId,
        leaderEpoch: found.leaderEpoch,
        replicas: found.replicaNodes,
        isr: found.isrNodes,
        offline: found.offlineReplicas,
        start: known?.start ?? null,
        end: known?.end ?? null,
      }
    })
    .sort((a, b) => a.partition - b.partition)
}

const COLUMNS: readonly Column<Partition>[] = [
  { title: 'partition', align: 'right', cell: ({ partition }) => partition },
  { title: 'leader', align: 'right', cell: ({ leader }) => (leader < 0 ? 'none' : leader) },
  { title: 'epoch', align: 'right', cell: ({ leaderEpoch }) => leaderEpoch },
  { title: 'replicas', cell: ({ replicas }) => replicas.join(',') },
  { title: 'in sync', cell: ({ isr }) => isr.join(',') },
  { title: 'offline', cell: ({ offline }) => offline.join(',') },
  { title: 'start', align: 'right', cell: ({ start }) => start },
  { title: 'high watermark', align: 'right', cell: ({ end }) => end },
]
