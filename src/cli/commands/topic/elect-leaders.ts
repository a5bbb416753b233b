import type { Command } from 'commander'
import { ElectLeadersRequest, ElectLeadersResponse, errorCodes } from '../../../protocol/index.ts'
import type { Decoded } from '../../../wire/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { checkError } from '../../client/errors.ts'
import { byTopic, comparePartitions, partitionName } from '../../client/partitions.ts'
import type { TopicPartition } from '../../client/partitions.ts'
import { selectedPartitions } from '../../client/topic-partitions.ts'
import { examples, printText, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'
import { printOutcomes } from '../../outcomes.ts'
import type { Outcome } from '../../outcomes.ts'
import { topicSelection } from '../../topic-selection.ts'
import type { TopicSelection } from '../../topic-selection.ts'

interface ElectOptions extends CommonOptions {
  readonly all?: true
  readonly unclean?: true
  readonly acceptDataLoss?: true
}

const PREFERRED = 0
const UNCLEAN = 1

const HELP = `
The preferred leader of a partition is the first of its replicas. --unclean is for partitions without a leader, none of
whose replicas in sync will come back: another replica becomes leader, and what only the others had is lost for good.
`

export function register(topic: Command): void {
  withCommon(
    topic
      .command('elect-leaders')
      .description('Give partitions back to their preferred leaders')
      .argument('[topic...]', 'topics, or some partitions: orders:0,3,5-7', topicSelection),
  )
    .option('--all', 'every partition')
    .option('--unclean', 'elect any replica that is alive where there is no leader')
    .option('--accept-data-loss', 'what --unclean asks for')
    .addHelpText('after', HELP)
    .addHelpText(
      'after',
      examples(
        'highwater topic elect-leaders --all                                 after a rolling restart',
        'highwater topic elect-leaders orders:0,1',
        'highwater topic elect-leaders orders:3 --unclean --accept-data-loss',
      ),
    )
    .action((selections: readonly TopicSelection[], options: ElectOptions) =>
      runCommand(options, (client) => elect(client, selections, options)),
    )
}

async function elect(
  client: ClusterClient,
  selections: readonly TopicSelection[],
  options: ElectOptions,
): Promise<void> {
  check(selections, options)
  const chosen = options.all ? null : await selectedPartitions(client, selections)
  const node = await client.controller()
  const answer = await node.send(ElectLeadersRequest, ElectLeadersResponse, {
    electionType: options.unclean ? UNCLEAN : PREFERRED,
    topicPartitions:
      chosen === null
        ? null
        : byTopic(chosen).map(({ topic, items }) => ({
            topic,
            partitions: items.map(({ partition }) => partition),
          })),
    timeoutMs: client.timeoutMs,
  })
  checkError(answer.errorCode, 'elect leaders')
  const outcomes = outcomesOf(answer)
  printOutcomes(options.format, 'partitions', outcomes)
  if (options.format === 'text' && outcomes.length === 0) printText('No election was needed')
}

function check(
  selections: readonly TopicSelection[],
  { all, unclean, acceptDataLoss }: ElectOptions,
): void {
  if (unclean && !acceptDataLoss) {
    throw new UsageError(
      'Cannot elect unclean leaders: records that were acknowledged may be lost; add --accept-data-loss to accept that',
    )
  }
  if (all ? selections.length > 0 : selections.length === 0)
    throw new UsageError('Cannot elect leaders: name topics, or use --all')
}

type Answer = Decoded<typeof ElectLeadersResponse>

function outcomesOf({ replicaElectionResults }: Answer): Outcome[] {
  const results = replicaElectionResults.flatMap(({ topic, partitionResult }) =>
    partitionResult.map(({ partitionId, ...rest }) => ({ topic, partition: partitionId, ...rest })),
  )
  return results.sort(comparePartitions).map(outcomeOf)
}

function outcomeOf({
  topic,
  partition,
  errorCode,
  errorMessage,
}: TopicPartition & { errorCode: number; errorMessage: string | null }): Outcome {
  const name = partitionName({ topic, partition })
  const isNotNeeded = errorCode === errorCodes.ELECTION_NOT_NEEDED
  return {
    name,
    errorCode: isNotNeeded ? errorCodes.NONE : errorCode,
    errorMessage,
    action: `elect a leader of ${name}`,
    done: isNotNeeded ? `${name} needs no election` : `Elected a leader of ${name}`,
    details: { topic, partition, elected: !isNotNeeded },
  }
}
