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
    validateOnly: options.dryRun,
  })
  printOutcomes(
    options.format,
    'topics',
    topics.map((topic) => {
      const exists = topic.errorCode === errorCodes.TOPIC_ALREADY_EXISTS && options.ifNotExists
      return {
        name: topic.name,
        errorCode: exists ? 0 : topic.errorCode,
        errorMessage: topic.errorMessage,
        action: `create topic '${topic.name}'`,
        done: doneText(topic.name, exists, options.dryRun),
        details: exists
          ? { created: false }
          : {
              created: topic.errorCode === 0 && !options.dryRun,
              topicId: topic.topicId,
              partitions: topic.numPartitions,
              replicas: topic.replicationFactor,
            },
      }
    }),
  )
}

function doneText(name: string, exists: boolean, dryRun: boolean): string {
  if (exists) return `Topic '${name}' exists`
  return dryRun ? `Topic '${name}' could be created` : `Created topic '${name}'`
}
