import type { Command } from 'commander'
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { logEnds, partitionsOf, resolveOffsets } from '../../client/consume-plan.ts'
import { askLeaders, byTopic, partitionName } from '../../client/partitions.ts'
import type { PartitionAnswer, TopicPartition } from '../../client/partitions.ts'
import {
  examples,
  failPartly,
  note,
  partitionsArgument,
  printJson,
  printTable,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { errorName } from '../../../protocol/index.ts'
import { OFFSET_HELP, parseOffsetSpec } from '../../text/offset-spec.ts'

interface TrimOptions extends CommonOptions {
  readonly before: string
  readonly partitions?: readonly number[]
  readonly execute?: true
}

export function register(topic: Command): void {
  withCommon(
    topic
      .command('trim')
      .alias('delete-records')
      .description(
        'Delete the records before an offset; only shows what it would do, unless --execute',
      )
      .argument('<topic>'),
  )
    .requiredOption('-o, --before <offset>', OFFSET_HELP)
    .option('-p, --partitions <numbers>', 'such as 0,3,5-7; default: all', partitionsArgument)
    .option('--execute', 'do it; it cannot be undone')
    .addHelpText(
      'after',
      examples(
        'highwater topic trim orders --before -7d                what a week would leave',
        'highwater topic trim orders --before 1000 -p 0 --execute',
        'highwater topic trim orders --before end --execute       all that is there now',
      ),
    )
    .action((name: string, options: TrimOptions) =>
      runCommand(options, (client) => trim(client, name, options)),
    )
}

interface Cut extends TopicPartition {
  readonly start: number
  readonly end: number
  readonly newStart: number
}

interface TrimmedCut extends Cut {
  readonly error: string | null
}

async function trim(client: ClusterClient, topic: string, options: TrimOptions): Promise<void> {
  const spec = parseOffsetSpec(options.before, Date.now())
  const partitions = await partitionsOf(client, [topic], options.partitions ?? null)
  const ends = await logEnds(client, partitions)
  const offsets = await resolveOffsets(client, partitions, spec, ends)
  const cuts = partitions.map((partition) => {
    const name = partitionName(partition)
    const { start, end } = ends.get(name) ?? { start: 0, end: 0 }
    const newStart = Math.min(Math.max(offsets.get(name) ?? start, start), end)
    return { ...partition, start, end, newStart }
  })
  const results = options.execute
    ? await deleteRecords(client, cuts)
    : cuts.map((cut) => ({ ...cut, error: null }))
  if (results.some(({ error }) => error !== null)) failPartly()
  if (options.format === 'json') {
    return printJson({ topic, executed: options.execute === true, partitions: results })
  }
  await printTable(
    [
      { title: 'partition', align: 'right', cell: ({ partition }) => partition },
      { title: 'start', align: 'right', cell: ({ start }) => start },
      { title: 'end', align: 'right', cell: ({ end }) => end },
      { title: 'new start', align: 'right', cell: ({ newStart }) => newStart },
      { title: 'records', align: 'right', cell: ({ start, newStart }) => newStart - start },
      { title: 'error', cell: ({ error }) => error },
    ],
    results,
  )
  if (!options.execute) note('nothing was deleted: add --execute to do it')
}

async function deleteRecords(client: ClusterClient, cuts: readonly Cut[]): Promise<TrimmedCut[]> {
  const moved = cuts.filter(({ start, newStart }) => newStart > start)
  const answers = await askLeaders<Cut, PartitionAnswer>(client, moved, async (node, items) => {
    const { topics } = await node.send(DeleteRecordsRequest, DeleteRecordsResponse, {
      topics: byTopic(items).map(({ topic, items }) => ({
        name: topic,
        partitions: items.map(({ partition, newStart }) => ({
          partitionIndex: partition,
          offset: newStart,
        })),
      })),
      timeoutMs: client.timeoutMs,
    })
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, ...rest }) => ({
        topic: name,
        partition: partitionIndex,
        ...rest,
      })),
    )
  })
  const byName = new Map(answers.map((answer) => [partitionName(answer), answer]))
  return cuts.map((cut) => {
    const answer = byName.get(partitionName(cut))
    const errorCode = answer?.errorCode ?? 0
    return { ...cut, error: errorCode === 0 ? null : errorName(errorCode) }
  })
}
