import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { describeTopicConfigs, minInsyncReplicas } from '../../client/configs.ts'
import { logEnds } from '../../client/consume-plan.ts'
import { mayPass } from '../../client/errors.ts'
import { isUnderMinIsr } from '../../client/health.ts'
import { partitionName } from '../../client/partitions.ts'
import { describeTopics } from '../../client/topic-partitions.ts'
import type { PartitionState, TopicState } from '../../client/topic-partitions.ts'
import {
  examples,
  note,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import type { LogEnds } from '../../text/offset-spec.ts'
import type { Column } from '../../text/table.ts'

interface Filters {
  readonly underReplicated?: true
  readonly underMinIsr?: true
  readonly offline?: true
}

type DescribeOptions = CommonOptions & Filters

export function register(topic: Command): void {
  withCommon(
    topic
      .command('describe')
      .description('Show partitions, leaders, replicas, offsets and configuration of topics')
      .argument('[topic...]', 'default: all'),
  )
    .option('--under-replicated', 'only partitions some of whose replicas are not in sync')
    .option('--under-min-isr', 'only partitions with fewer in sync than min.insync.replicas')
    .option('--offline', 'only partitions without a leader')
    .addHelpText(
      'after',
      '\nSeveral of these filters show what any of them would. ELR: replicas that are not in sync but have everything that was committed.\n',
    )
    .addHelpText(
      'after',
      examples(
        'highwater topic describe orders',
        'highwater topic describe --under-min-isr --offline',
        "highwater topic describe orders --format json | jq '.topics[0].partitions'",
      ),
    )
    .action((names: string[], options: DescribeOptions) =>
      runCommand(options, (client) => describe(client, [...new Set(names)], options)),
    )
}

interface Partition extends Omit<PartitionState, 'topic'> {
  /** Null: no leader can say. */
  readonly start: number | null
  readonly end: number | null
}

interface Topic extends Omit<TopicState, 'partitions'> {
  readonly partitions: readonly Partition[]
  /** What was set for the topic itself. */
  readonly configs: Readonly<Record<string, string | null>>
}

async function describe(
  client: ClusterClient,
  names: readonly string[],
  options: DescribeOptions,
): Promise<void> {
  const found = await describeTopics(client, names.length === 0 ? null : names)
  const chosen = await filtered(client, found, options)
  const configs = await configsOf(client, chosen)
  const partitions = await withOffsets(client, chosen)
  const topics: Topic[] = chosen.map((topic) => ({
    ...topic,
    partitions: partitions.get(topic.name) ?? [],
    configs: configs.get(topic.name) ?? {},
  }))
  if (options.format === 'json') return printJson({ topics })
  for (const [index, topic] of topics.entries()) {
    if (index > 0) printText('')
    printText(`Topic ${topic.name}, id ${topic.topicId}`)
    for (const [key, value] of Object.entries(topic.configs)) printText(`  ${key}=${value ?? ''}`)
    await printTable(COLUMNS, topic.partitions)
  }
}

/** Topics without any such partition are left out. */
async function filtered(
  client: ClusterClient,
  topics: readonly TopicState[],
  { underReplicated, underMinIsr, offline }: Filters,
): Promise<readonly TopicState[]> {
  if (!underReplicated && !underMinIsr && !offline) return topics
  const names = topics.map(({ name }) => name)
  const minIsr = underMinIsr ? await minInsyncReplicas(client, names) : new Map<string, number>()
  const matches = ({ topic, leader, isr, replicas }: PartitionState): boolean =>
    (underReplicated === true && isr.length < replicas.length) ||
    (underMinIsr === true && isUnderMinIsr(isr.length, replicas.length, minIsr.get(topic) ?? 1)) ||
    (offline === true && leader < 0)
  return topics
    .map((topic) => ({ ...topic, partitions: topic.partitions.filter(matches) }))
    .filter(({ partitions }) => partitions.length > 0)
}

async function configsOf(
  client: ClusterClient,
  topics: readonly TopicState[],
): Promise<Map<string, Record<string, string | null>>> {
  const names = topics.map(({ name }) => name)
  const all = await describeTopicConfigs(client, names, null)
  return new Map(
    [...all].map(([topic, values]) => {
      const set = values.filter(({ source }) => source === 'topic')
      return [topic, Object.fromEntries(set.map(({ name, value }) => [name, value]))]
    }),
  )
}

/** By topic. */
async function withOffsets(
  client: ClusterClient,
  topics: readonly TopicState[],
): Promise<Map<string, Partition[]>> {
  const ends = await knownEnds(
    client,
    topics.flatMap(({ partitions }) => partitions),
  )
  const withEnds = ({ topic, ...partition }: PartitionState): Partition => {
    const known = ends.get(partitionName({ topic, partition: partition.partition }))
    return { ...partition, start: known?.start ?? null, end: known?.end ?? null }
  }
  return new Map(topics.map(({ name, partitions }) => [name, partitions.map(withEnds)]))
}

/** One leader that does not answer hides nothing but the offsets of its own partitions. */
async function knownEnds(
  client: ClusterClient,
  partitions: readonly PartitionState[],
): Promise<Map<string, LogEnds>> {
  const groups = Map.groupBy(
    partitions.filter(({ leader }) => leader >= 0),
    ({ leader }) => leader,
  )
  const ends = await Promise.all(
    [...groups.values()].map(async (group) => {
      try {
        return [...(await logEnds(client, group))]
      } catch (error) {
        if (!mayPass(error)) throw error
        note((error as Error).message)
        return []
      }
    }),
  )
  return new Map(ends.flat())
}

const COLUMNS: readonly Column<Partition>[] = [
  { title: 'partition', align: 'right', cell: ({ partition }) => partition },
  { title: 'leader', align: 'right', cell: ({ leader }) => (leader < 0 ? 'none' : leader) },
  { title: 'epoch', align: 'right', cell: ({ leaderEpoch }) => leaderEpoch },
  { title: 'replicas', cell: ({ replicas }) => replicas.join(',') },
  { title: 'in sync', cell: ({ isr }) => isr.join(',') },
  { title: 'ELR', cell: ({ elr }) => elr?.join(',') },
  { title: 'offline', cell: ({ offline }) => offline.join(',') },
  { title: 'start', align: 'right', cell: ({ start }) => start },
  { title: 'high watermark', align: 'right', cell: ({ end }) => end },
]
