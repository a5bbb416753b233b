import type { Command } from 'commander'
import { CreateTopicsRequest, CreateTopicsResponse, errorCodes } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import {
  collect,
  countArgument,
  examples,
  parsePairs,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { printOutcomes } from '../../outcomes.ts'
import type { Outcome } from '../../outcomes.ts'
import type { Decoded } from '../../../wire/index.ts'

interface CreateOptions extends CommonOptions {
  readonly partitions?: number
  readonly replicas?: number
  readonly config?: readonly string[]
  readonly ifNotExists?: true
  readonly dryRun?: true
}

/** The broker's own default (KIP-464). */
const BROKER_DEFAULT = -1

export function register(topic: Command): void {
  withCommon(topic.command('create').description('Create topics').argument('<name...>'))
    .option('-p, --partitions <count>', "default: the broker's", countArgument(1))
    .option(
      '-r, --replicas <count>',
      "copies of each partition; default: the broker's",
      countArgument(1),
    )
    .option('-c, --config <key=value>', 'a topic configuration; may be repeated', collect)
    .option('--if-not-exists', 'an existing topic is no failure')
    .option('--dry-run', 'only check whether it could be done')
    .addHelpText(
      'after',
      examples(
        'highwater topic create orders',
        'highwater topic create orders payments -p 6 -r 3',
        'highwater topic create users -c cleanup.policy=compact -c min.insync.replicas=2',
      ),
    )
    .action((names: string[], options: CreateOptions) =>
      runCommand(options, (client) => create(client, names, options)),
    )
}

async function create(
  client: ClusterClient,
  names: readonly string[],
  options: CreateOptions,
): Promise<void> {
  const configs = parsePairs(options.config ?? []).map(([name, value]) => ({ name, value }))
  const node = await client.controller()
  const { topics } = await node.send(CreateTopicsRequest, CreateTopicsResponse, {
    topics: [...new Set(names)].map((name) => ({
      name,
      numPartitions: options.partitions ?? BROKER_DEFAULT,
      replicationFactor: options.replicas ?? BROKER_DEFAULT,
      assignments: [],
      configs,
    })),
    timeoutMs: client.timeoutMs,
    validateOnly: options.dryRun === true,
  })
  printOutcomes(
    options.format,
    'topics',
    topics.map((topic) => outcomeOf(topic, options)),
  )
}

type CreatedTopic = Decoded<typeof CreateTopicsResponse>['topics'][number]

function outcomeOf(topic: CreatedTopic, { ifNotExists, dryRun }: CreateOptions): Outcome {
  const { name, errorCode, errorMessage } = topic
  const action = `create topic '${name}'`
  if (errorCode === errorCodes.TOPIC_ALREADY_EXISTS && ifNotExists === true) {
    const done = `Topic '${name}' exists`
    return { name, errorCode: 0, errorMessage, action, done, details: { created: false } }
  }
  return {
    name,
    errorCode,
    errorMessage,
    action,
    done: dryRun === true ? `Topic '${name}' could be created` : `Created topic '${name}'`,
    details: {
      created: dryRun !== true,
      topicId: topic.topicId,
      partitions: topic.numPartitions,
      replicas: topic.replicationFactor,
    },
  }
}
