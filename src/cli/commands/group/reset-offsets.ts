import { Option } from 'commander'
import type { Command } from 'commander'
import { errorName } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { commitOffsets, outsider } from '../../client/commit.ts'
import { logEnds, partitionsOf, resolveOffsets } from '../../client/consume-plan.ts'
import { KafkaError } from '../../client/errors.ts'
import { askCoordinator, committedOffsets, describeGroup } from '../../client/groups.ts'
import { comparePartitions, partitionName } from '../../client/partitions.ts'
import type { TopicPartition } from '../../client/partitions.ts'
import {
  examples,
  failPartly,
  note,
  printJson,
  printTable,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'
import { OFFSET_HELP, parseOffsetSpec } from '../../text/offset-spec.ts'
import { topicSelection } from '../../topic-selection.ts'
import type { TopicSelection } from '../../topic-selection.ts'

interface ResetOptions extends CommonOptions {
  readonly topic?: readonly TopicSelection[]
  readonly to?: string
  readonly shift?: number
  readonly execute?: true
}

export function register(group: Command): void {
  withCommon(
    group
      .command('reset-offsets')
      .alias('seek')
      .description(
        'Move the committed offsets of a group; only shows what it would do, unless --execute',
      )
      .argument('<group>'),
  )
    .option(
      '-t, --topic <topic[:partitions]>',
      'such as orders or orders:0,3; may be repeated; default: all that the group has committed',
      topicSelection,
    )
    .option('-o, --to <offset>', OFFSET_HELP)
    .addOption(
      new Option('--shift <count>', 'by so many records, such as 100 or -100').argParser(
        shiftArgument,
      ),
    )
    .option('--execute', 'do it; the group must have no members')
    .addHelpText(
      'after',
      examples(
        'highwater group reset-offsets billing --to start',
        'highwater group reset-offsets billing -t orders:0,1 --to @2026-01-31T12:00:00Z --execute',
        'highwater group reset-offsets billing --shift -10 --execute',
      ),
    )
    .action((name: string, options: ResetOptions) =>
      runCommand(options, (client) => reset(client, name, options)),
    )
}

function shiftArgument(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text))
    throw new UsageError(`Cannot shift by '${text}': wanted a whole number`)
  return Number(text)
}

interface Move extends TopicPartition {
  /** Null: nothing is committed. */
  readonly current: number | null
  readonly offset: number
  readonly error: string | null
}

async function reset(client: ClusterClient, group: string, options: ResetOptions): Promise<void> {
  if ((options.to === undefined) === (options.shift === undefined))
    throw new UsageError('Cannot reset offsets: wanted either --to or --shift')
  const planned = await plan(client, group, options)
  if (options.execute) await mustBeEmpty(client, group)
  const moves = options.execute ? await commit(client, group, planned) : planned
  if (moves.some(({ error }) => error !== null)) failPartly()
  if (options.format === 'json') {
    return printJson({ group, executed: options.execute === true, partitions: moves })
  }
  await printTable(
    [
      { title: 'topic', cell: ({ topic }) => topic },
      { title: 'partition', align: 'right', cell: ({ partition }) => partition },
      { title: 'current', align: 'right', cell: ({ current }) => current },
      { title: 'new', align: 'right', cell: ({ offset }) => offset },
      { title: 'error', cell: ({ error }) => error },
    ],
    moves,
  )
  if (!options.execute) note('nothing was changed: add --execute to do it')
}

/** Where every partition would be: always between the two ends of its log. */
async function plan(
  client: ClusterClient,
  group: string,
  { topic: selections, to, shift }: ResetOptions,
): Promise<Move[]> {
  const committed = await committedOffsets(client, group, null)
  const current = new Map(committed.map((item) => [partitionName(item), item.offset]))
  const partitions =
    selections === undefined
      ? committed.map(({ topic, partition }) => ({ topic, partition }))
      : await selected(client, selections)
  if (partitions.length === 0) {
    throw new UsageError(
      `Cannot reset offsets: group '${group}' has committed none; name topics with --topic`,
    )
  }
  const ends = await logEnds(client, partitions)
  const spec = to === undefined ? null : parseOffsetSpec(to, Date.now())
  const targets = spec === null ? current : await resolveOffsets(client, partitions, spec, ends)
  return partitions.sort(comparePartitions).map((partition) => {
    const name = partitionName(partition)
    const { start, end } = ends.get(name) ?? { start: 0, end: 0 }
    const asked = (targets.get(name) ?? start) + (shift ?? 0)
    const offset = Math.min(Math.max(asked, start), end)
    return { ...partition, current: current.get(name) ?? null, offset, error: null }
  })
}

async function selected(
  client: ClusterClient,
  selections: readonly TopicSelection[],
): Promise<TopicPartition[]> {
  const found = new Map<string, TopicPartition>()
  for (const { topic, partitions } of selections) {
    for (const partition of await partitionsOf(client, [topic], partitions)) {
      found.set(partitionName(partition), partition)
    }
  }
  return [...found.values()]
}

/** Members would overwrite the offsets with their own. A group that does not exist yet is fine. */
async function mustBeEmpty(client: ClusterClient, group: string): Promise<void> {
  try {
    const { state, members } = await describeGroup(client, group)
    if (state !== 'Empty' && state !== 'Dead') {
      throw new UsageError(
        `Cannot reset the offsets of group '${group}': it is ${state} with ${members.length} members; stop them first`,
      )
    }
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'GROUP_ID_NOT_FOUND') throw error
  }
}

async function commit(
  client: ClusterClient,
  group: string,
  moves: readonly Move[],
): Promise<Move[]> {
  const results = await askCoordinator(client, group, (node) =>
    commitOffsets(node, outsider(group), moves),
  )
  const errors = new Map(results.map((result) => [partitionName(result), result.errorCode]))
  return moves.map((move) => {
    const errorCode = errors.get(partitionName(move)) ?? 0
    return { ...move, error: errorCode === 0 ? null : errorName(errorCode) }
  })
}
