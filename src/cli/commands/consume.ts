import { Option } from 'commander'
import type { Command } from 'commander'
import type { ClusterClient } from '../client/cluster-client.ts'
import { partitionsOf, planPartitions } from '../client/consume-plan.ts'
import { FetchLoop } from '../client/fetch-loop.ts'
import type { FetchLoopOptions, PartitionPlan } from '../client/fetch-loop.ts'
import { consumeAsGroup } from '../client/group-consumer.ts'
import type { Isolation } from '../client/list-offsets.ts'
import {
  countArgument,
  examples,
  note,
  partitionsArgument,
  useClient,
  withCluster,
} from '../command-kit.ts'
import type { ClusterOptions } from '../command-kit.ts'
import { UsageError } from '../failure.ts'
import { Progress } from '../progress.ts'
import { RecordPrinter } from '../record-printer.ts'
import { stopSignal } from '../stop-signal.ts'
import { OFFSET_HELP, parseOffsetRange } from '../text/offset-spec.ts'
import type { OffsetRange } from '../text/offset-spec.ts'
import { FORMAT_HELP } from '../text/record-format.ts'

interface ConsumeOptions extends ClusterOptions {
  readonly offset: string
  readonly partitions?: readonly number[]
  readonly group?: string
  readonly exit?: true
  readonly count?: number
  readonly format: string
  readonly null?: true
  readonly isolation: Isolation
}

export function register(program: Command): void {
  withCluster(
    program
      .command('consume')
      .description('Read records of topics')
      .argument('<topic...>', 'topics to read'),
  )
    .option('-o, --offset <offset>', `${OFFSET_HELP}; ranges: from..to, from.., ..to`, 'start')
    .option('-p, --partitions <numbers>', 'such as 0,3,5-7; default: all', partitionsArgument)
    .option(
      '-G, --group <group>',
      'as a member of the group: shares partitions with the others, goes on at what is committed, commits',
    )
    .option('-e, --exit', 'stop at the end that the log has when the command starts')
    .option('-c, --count <records>', 'stop after so many', countArgument(0))
    .option('-f, --format <format>', 'text (values by line), json, or a format string', 'text')
    .option('-Z, --null', 'print NULL for a null key or value')
    .addOption(
      new Option('--isolation <level>', 'whether to see records of open and aborted transactions')
        .choices(['read_committed', 'read_uncommitted'])
        .default('read_committed'),
    )
    .addHelpText(
      'after',
      FORMAT_HELP +
        examples(
          'highwater consume orders',
          'highwater consume orders -o -10 -e                       the last ten of each partition',
          'highwater consume orders -o @2026-01-31T12:00:00Z.. -e    since then',
          'highwater consume orders -o 100..200 -p 0',
          "highwater consume orders -f '%t/%p@%o %k = %s\\n' -c 5",
          'highwater consume orders payments -G billing --format json',
        ),
    )
    .action((topics: string[], options: ConsumeOptions) =>
      useClient(options, (client) => consume(client, [...new Set(topics)], options)),
    )
}

async function consume(
  client: ClusterClient,
  topics: readonly string[],
  options: ConsumeOptions,
): Promise<void> {
  const range = parseOffsetRange(options.offset, Date.now())
  const printer = new RecordPrinter(
    options.format,
    options.null === true,
    options.count ?? Infinity,
  )
  if (options.count === 0) return
  const common = {
    isolation: options.isolation,
    signal: stopSignal(),
    warn: note,
  }
  const take = printer.print.bind(printer)
  if (options.group !== undefined) {
    for (const topic of topics) await client.topic(topic)
    return consumeAsGroup(client, { ...common, take, ...groupOptions(topics, options, range) })
  }
  const partitions = await partitionsOf(client, topics, options.partitions ?? null)
  const plans = await planPartitions(client, partitions, {
    ...common,
    range,
    stopsAtEnd: options.exit === true,
  })
  await withProgress(plans, { ...common, take }, (wrapped) =>
    new FetchLoop(client, plans, wrapped).run(),
  )
}

function groupOptions(
  topics: readonly string[],
  { group = '', exit, partitions }: ConsumeOptions,
  range: OffsetRange,
): { groupId: string; topics: readonly string[]; from: OffsetRange['from']; stopsAtEnd: boolean } {
  if (partitions !== undefined)
    throw new UsageError('Cannot choose partitions in a group: the group gives them out')
  if (range.to !== null)
    throw new UsageError('Cannot read a range in a group: --offset says only where to begin')
  return { groupId: group, topics, from: range.from, stopsAtEnd: exit === true }
}

/** Shows how far it is, where the records themselves go elsewhere. */
async function withProgress(
  plans: readonly PartitionPlan[],
  options: FetchLoopOptions,
  run: (options: FetchLoopOptions) => Promise<void>,
): Promise<void> {
  const sizes = plans.map(({ from, to }) => (to === null ? Infinity : Math.max(to - from, 0)))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const known = Number.isFinite(total) ? total : null
  const progress = await Progress.start('records', known, !process.stdout.isTTY)
  try {
    await run({
      ...options,
      take: (batch) => {
        progress.add(batch.records.length)
        return options.take(batch)
      },
    })
  } finally {
    progress.stop()
  }
}
