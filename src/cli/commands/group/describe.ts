import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { committedOffsets, describeGroup } from '../../client/groups.ts'
import type { GroupDescription } from '../../client/groups.ts'
import { groupLag } from '../../client/lag.ts'
import type { PartitionLag } from '../../client/lag.ts'
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

interface DescribeOptions extends CommonOptions {
  readonly members?: true
}

export function register(group: Command): void {
  withCommon(
    group
      .command('describe')
      .alias('lag')
      .description('Show state, members, committed offsets and lag of groups')
      .argument('<group...>'),
  )
    .option('--members', 'list the members, too')
    .addHelpText(
      'after',
      examples(
        'highwater group describe billing',
        "highwater group describe billing --format json | jq '.groups[0].lag'",
      ),
    )
    .action((names: string[], options: DescribeOptions) =>
      runCommand(options, (client) => describe(client, [...new Set(names)], options)),
    )
}

type Described = GroupDescription & {
  /** Of all partitions together; null when none is known. */
  readonly lag: number | null
  readonly partitions: readonly PartitionLag[]
}

async function describe(
  client: ClusterClient,
  names: readonly string[],
  { format, members }: DescribeOptions,
): Promise<void> {
  const described = await Promise.all(names.map((name) => describeOne(client, name)))
  if (format === 'json') return printJson({ groups: described })
  for (const [index, group] of described.entries()) {
    if (index > 0) printText('')
    await printGroup(group, members === true)
  }
}

async function describeOne(client: ClusterClient, name: string): Promise<Described> {
  const description = await describeGroup(client, name)
  const committed = await committedOffsets(client, name, null)
  const partitions = await groupLag(client, description.members, committed)
  const known = partitions.flatMap(({ lag }) => (lag === null ? [] : [lag]))
  const lag = known.length === 0 ? null : known.reduce((sum, lag) => sum + lag, 0)
  return { ...description, lag, partitions }
}

async function printGroup(group: Described, showMembers: boolean): Promise<void> {
  const { state, assignor, members, partitions, lag } = group
  const by = assignor === '' ? '' : `, assigned by ${assignor}`
  printText(`Group ${group.group}: ${state}, ${members.length} members${by}, lag ${lag ?? '-'}`)
  if (partitions.length > 0) await printTable(PARTITION_COLUMNS, partitions)
  if (!showMembers || members.length === 0) return
  printText('')
  await printTable(
    [
      { title: 'member', cell: ({ memberId }) => memberId },
      { title: 'instance', cell: ({ instanceId }) => instanceId },
      { title: 'client', cell: ({ clientId }) => clientId },
      { title: 'host', cell: ({ host }) => host },
      { title: 'partitions', align: 'right', cell: ({ partitions }) => partitions.length },
    ],
    members,
  )
}

const PARTITION_COLUMNS: readonly Column<PartitionLag>[] = [
  { title: 'topic', cell: ({ topic }) => topic },
  { title: 'partition', align: 'right', cell: ({ partition }) => partition },
  { title: 'committed', align: 'right', cell: ({ committed }) => committed },
  { title: 'end', align: 'right', cell: ({ end }) => end },
  { title: 'lag', align: 'right', cell: ({ lag }) => lag },
  { title: 'client', cell: ({ clientId }) => clientId },
  { title: 'host', cell: ({ host }) => host },
]
