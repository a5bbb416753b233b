import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { errorCodes } from '../../../protocol/index.ts'
import { brokersWith, listBrokers } from '../../client/brokers.ts'
import type { Broker } from '../../client/brokers.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { KafkaError } from '../../client/errors.ts'
import { describeLogDirs } from '../../client/log-dirs.ts'
import { partitionName } from '../../client/partitions.ts'
import { listReassignments } from '../../client/reassignments.ts'
import { describeTopics } from '../../client/topic-partitions.ts'
import {
  countArgument,
  examples,
  note,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'
import { planAsJson } from '../../reassign/plan-file.ts'
import { planMoves } from '../../reassign/planner.ts'
import type { Move } from '../../reassign/planner.ts'
import { formatSize } from '../../text/size.ts'

interface PlanOptions extends CommonOptions {
  readonly brokers?: readonly number[]
  readonly remove?: readonly number[]
  readonly replicas?: number
}

const HELP = `
As few replicas move as an even spread needs, and replicas of a partition stand in as many racks as there are. With
--format json the plan is what 'reassign start' and Kafka's own tool read; 'rollback' in it is the plan that undoes it.
`

export function register(reassign: Command): void {
  withCommon(
    reassign
      .command('plan')
      .description(
        'Show which replicas should move so that brokers hold evenly many; changes nothing',
      )
      .argument('[topic...]', 'default: all, internal ones too'),
  )
    .option('--brokers <ids>', 'those that may hold replicas: 1,2,4; default: all', idsArgument)
    .option('--remove <ids>', 'those that may not', idsArgument)
    .option('-r, --replicas <count>', 'copies of each partition; default: as now', countArgument(1))
    .addHelpText('after', HELP)
    .addHelpText(
      'after',
      examples(
        'highwater reassign plan                                           after a broker was added',
        'highwater reassign plan --remove 3 --format json > plan.json      before one is taken away',
        'highwater reassign plan orders --replicas 3',
      ),
    )
    .action((topics: string[], options: PlanOptions) =>
      runCommand(options, (client) => plan(client, [...new Set(topics)], options)),
    )
}

function idsArgument(text: string): readonly number[] {
  if (!/^\d{1,9}(,\d{1,9})*$/.test(text))
    throw new InvalidArgumentError('It must be ids of brokers such as 1,2,4.')
  return [...new Set(text.split(',').map(Number))]
}

async function plan(
  client: ClusterClient,
  names: readonly string[],
  options: PlanOptions,
): Promise<void> {
  if ((await listReassignments(client)).length > 0) {
    throw new KafkaError(
      errorCodes.REASSIGNMENT_IN_PROGRESS,
      'plan',
      'replicas are moving already: see highwater reassign status',
    )
  }
  const registered = await listBrokers(client)
  const brokers = chosenBrokers(registered, options)
  const topics = await describeTopics(client, names.length === 0 ? null : names)
  const partitions = topics.flatMap((topic) => topic.partitions)
  const moves = movesOf(() => planMoves(partitions, brokers, options.replicas ?? null))
  const sizes = await sizesOf(client, registered, moves)
  const copyBytes = moves.reduce(
    (sum, it) => sum + copied(it) * (sizes.get(partitionName(it)) ?? 0),
    0,
  )
  if (options.format === 'json') {
    const rollback = planAsJson(moves.map(({ from, ...rest }) => ({ ...rest, replicas: from })))
    return printJson({ ...planAsJson(moves), copyBytes, rollback })
  }
  if (moves.length === 0) return printText('Nothing needs to move')
  await printTable(
    [
      { title: 'partition', cell: (it) => partitionName(it) },
      { title: 'from', cell: ({ from }) => from.join(',') },
      { title: 'to', cell: ({ replicas }) => replicas.join(',') },
      { title: 'copies', align: 'right', cell: copied },
      { title: 'size', align: 'right', cell: (it) => sizeText(sizes.get(partitionName(it))) },
    ],
    moves,
  )
  const copies = moves.reduce((sum, move) => sum + copied(move), 0)
  printText(
    `\n${moves.length} partitions change, ${copies} replicas (${formatSize(copyBytes)}) are copied`,
  )
  note('nothing was moved: save the plan with --format json, then highwater reassign start <file>')
}

/** Throws UsageError. */
function chosenBrokers(
  registered: readonly Broker[],
  { brokers, remove = [] }: PlanOptions,
): Broker[] {
  brokersWith(registered, remove)
  const wanted = brokers === undefined ? registered : brokersWith(registered, brokers)
  const chosen = wanted.filter(({ id }) => !remove.includes(id))
  const fenced = chosen.find(({ isFenced }) => isFenced)
  if (fenced === undefined) return chosen
  throw new UsageError(
    `Cannot plan with broker ${fenced.id}: it is fenced; start it, or plan without it: --remove ${fenced.id}`,
  )
}

/** What cannot be placed was asked for on the command line. */
function movesOf(plan: () => Move[]): Move[] {
  try {
    return plan()
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message)
    throw error
  }
}

/** How many brokers get a copy. */
function copied({ from, replicas }: Move): number {
  return replicas.filter((id) => !from.includes(id)).length
}

/** The largest replica of each partition that moves, by name. */
async function sizesOf(
  client: ClusterClient,
  brokers: readonly Broker[],
  moves: readonly Move[],
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  const asked = brokers.filter(
    ({ id, isFenced }) => !isFenced && moves.some(({ from }) => from.includes(id)),
  )
  const dirs = await Promise.all(asked.map(({ id }) => describeLogDirs(client, id, moves)))
  for (const replica of dirs.flat().flatMap(({ replicas }) => replicas)) {
    const name = partitionName(replica)
    sizes.set(name, Math.max(sizes.get(name) ?? 0, replica.sizeBytes))
  }
  return sizes
}

function sizeText(sizeBytes: number | undefined): string | null {
  return sizeBytes === undefined ? null : formatSize(sizeBytes)
}
