import { Option } from 'commander'
import type { Command } from 'commander'
import { errorCodes } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { KafkaError } from '../../client/errors.ts'
import { partitionName } from '../../client/partitions.ts'
import { alterReassignments, listReassignments } from '../../client/reassignments.ts'
import type { ReassignmentAnswer } from '../../client/reassignments.ts'
import { clearThrottles, copyOf, setThrottle } from '../../client/throttle.ts'
import { selectedPartitions } from '../../client/topic-partitions.ts'
import {
  durationArgument,
  examples,
  failPartly,
  note,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { printOutcomes } from '../../outcomes.ts'
import type { Outcome } from '../../outcomes.ts'
import { readPlan } from '../../reassign/plan-file.ts'
import type { Move, Placement } from '../../reassign/planner.ts'
import { untilMoved } from '../../reassign/wait.ts'
import { rateArgument } from './rate-argument.ts'

interface StartOptions extends CommonOptions {
  readonly throttle?: number
  readonly additional?: true
  /** True: as long as it takes. */
  readonly wait: number | boolean
}

export function register(reassign: Command): void {
  withCommon(
    reassign
      .command('start')
      .description('Start moving replicas as a plan says')
      .argument('<file>', "of 'reassign plan --format json' or of Kafka's own tool; - for stdin"),
  )
    .option(
      '--throttle <rate>',
      'bytes per second that each broker may copy; it stays until reassign throttle none, or the end of --wait',
      rateArgument,
    )
    .option('--additional', 'although other replicas are moving')
    .addOption(
      new Option('-w, --wait [duration]', 'until all have moved; give up after the duration')
        .argParser(durationArgument)
        .default(false),
    )
    .addHelpText(
      'after',
      examples(
        'highwater reassign start plan.json --throttle 50MB --wait',
        'highwater reassign plan --format json | highwater reassign start -',
        'jq .rollback plan.json | highwater reassign start -              undo it',
      ),
    )
    .action((file: string, options: StartOptions) =>
      runCommand(options, (client) => start(client, file, options)),
    )
}

async function start(client: ClusterClient, file: string, options: StartOptions): Promise<void> {
  const plan = await readPlan(file)
  const moves = await movesOf(client, plan)
  const others = await listReassignments(client)
  if (others.length > 0 && !options.additional) {
    throw new KafkaError(
      errorCodes.REASSIGNMENT_IN_PROGRESS,
      'start the plan',
      `${others.length} partitions are moving already; wait for them, or use --additional`,
    )
  }
  if (options.throttle !== undefined) {
    const copies = moves.map(({ replicas, from, ...rest }) => ({
      ...rest,
      sources: from,
      targets: replicas.filter((id) => !from.includes(id)),
    }))
    await setThrottle(client, [...others.map(copyOf), ...copies], options.throttle)
  }
  const answers = await alterReassignments(client, plan)
  const started = moves.filter((move) => answerOf(answers, move)?.errorCode === 0)
  const outcomes = moves.map((move) => outcomeOf(move, answerOf(answers, move)))
  if (options.format === 'text') printOutcomes('text', 'partitions', outcomes)
  const waitMs = options.wait === true ? Infinity : options.wait
  const left = waitMs === false ? null : await untilMoved(client, started, waitMs)
  const isOver = started.length === 0 || left?.length === 0
  if (options.throttle !== undefined && others.length === 0 && isOver) await clearThrottles(client)
  if (left !== null && left.length > 0) {
    note(`${left.length} partitions are still moving: highwater reassign status`)
    failPartly()
  }
  if (options.format === 'json') {
    const moving = new Set(left?.map(partitionName))
    const isFinished = (name: string): boolean | null => (left === null ? null : !moving.has(name))
    const withEnd = outcomes.map((it) => ({
      ...it,
      details: { ...it.details, finished: isFinished(it.name) },
    }))
    printOutcomes('json', 'partitions', withEnd)
  }
}

/** The plan, and where the replicas are now. Throws KafkaError, UsageError. */
async function movesOf(client: ClusterClient, plan: readonly Placement[]): Promise<Move[]> {
  const selections = plan.map(({ topic, partition }) => ({ topic, partitions: [partition] }))
  const found = await selectedPartitions(client, selections)
  const current = new Map(found.map((it) => [partitionName(it), it.replicas]))
  return plan.map((it) => ({ ...it, from: current.get(partitionName(it)) ?? [] }))
}

function answerOf(
  answers: readonly ReassignmentAnswer[],
  { topic, partition }: Move,
): ReassignmentAnswer | undefined {
  return answers.find((answer) => answer.topic === topic && answer.partition === partition)
}

function outcomeOf(move: Move, answer: ReassignmentAnswer | undefined): Outcome {
  const { topic, partition, from, replicas } = move
  const name = partitionName(move)
  return {
    name,
    errorCode: answer?.errorCode ?? errorCodes.UNKNOWN_SERVER_ERROR,
    errorMessage: answer?.errorMessage ?? null,
    action: `move ${name}`,
    done: `Moving ${name}: ${from.join(',')} -> ${replicas.join(',')}`,
    details: { topic, partition, from, replicas },
  }
}
