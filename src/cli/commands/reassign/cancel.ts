import type { Command } from 'commander'
import { errorCodes } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { partitionName } from '../../client/partitions.ts'
import type { TopicPartition } from '../../client/partitions.ts'
import { alterReassignments, listReassignments } from '../../client/reassignments.ts'
import type { ReassignmentAnswer } from '../../client/reassignments.ts'
import { clearThrottles } from '../../client/throttle.ts'
import { selectedPartitions } from '../../client/topic-partitions.ts'
import { examples, printText, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'
import { printOutcomes } from '../../outcomes.ts'
import type { Outcome } from '../../outcomes.ts'
import { readPlan } from '../../reassign/plan-file.ts'
import { topicSelection } from '../../topic-selection.ts'
import type { TopicSelection } from '../../topic-selection.ts'

interface CancelOptions extends CommonOptions {
  readonly all?: true
  readonly file?: string
}

export function register(reassign: Command): void {
  withCommon(
    reassign
      .command('cancel')
      .description('Give up moves: replicas stay where they were')
      .argument('[topic...]', 'topics, or some partitions: orders:0,3,5-7', topicSelection),
  )
    .option('--all', 'every move that is under way')
    .option('--file <plan>', 'those of a plan; - for stdin')
    .addHelpText(
      'after',
      examples('highwater reassign cancel --all', 'highwater reassign cancel --file plan.json'),
    )
    .action((selections: readonly TopicSelection[], options: CancelOptions) =>
      runCommand(options, (client) => cancel(client, selections, options)),
    )
}

async function cancel(
  client: ClusterClient,
  selections: readonly TopicSelection[],
  options: CancelOptions,
): Promise<void> {
  const partitions = await chosen(client, selections, options)
  const changes = partitions.map(({ topic, partition }) => ({ topic, partition, replicas: null }))
  const answers = changes.length === 0 ? [] : await alterReassignments(client, changes)
  // Throttles serve the moves, whoever has set them: without the last one they only slow down what heals.
  if ((await listReassignments(client)).length === 0) await clearThrottles(client)
  printOutcomes(options.format, 'partitions', answers.map(outcomeOf))
  if (options.format === 'text' && answers.length === 0) printText('Nothing is moving')
}

async function chosen(
  client: ClusterClient,
  selections: readonly TopicSelection[],
  { all, file }: CancelOptions,
): Promise<readonly TopicPartition[]> {
  const ways = [selections.length > 0, all === true, file !== undefined].filter(Boolean)
  if (ways.length !== 1)
    throw new UsageError('Cannot cancel: name topics, or use --file, or --all; one of them')
  if (all) return listReassignments(client)
  return file === undefined ? selectedPartitions(client, selections) : readPlan(file)
}

function outcomeOf({ topic, partition, errorCode, errorMessage }: ReassignmentAnswer): Outcome {
  const name = partitionName({ topic, partition })
  const isStill = errorCode === errorCodes.NO_REASSIGNMENT_IN_PROGRESS
  return {
    name,
    errorCode: isStill ? errorCodes.NONE : errorCode,
    errorMessage,
    action: `cancel the move of ${name}`,
    done: isStill ? `${name} was not moving` : `Cancelled the move of ${name}`,
    details: { topic, partition, cancelled: !isStill },
  }
}
