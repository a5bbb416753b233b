import type { Command } from 'commander'
import { CreatePartitionsRequest, CreatePartitionsResponse } from '../../../protocol/index.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { countArgument, examples, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'
import { printOutcomes } from '../../outcomes.ts'

interface AddOptions extends CommonOptions {
  readonly to?: number
  readonly by?: number
  readonly dryRun?: true
}

export function register(topic: Command): void {
  withCommon(
    topic
      .command('add-partitions')
      .description('Give a topic more partitions; keys may then go to other partitions than before')
      .argument('<topic>'),
  )
    .option('--to <count>', 'how many it shall have', countArgument(1))
    .option('--by <count>', 'how many more it shall have', countArgument(1))
    .option('--dry-run', 'only check whether it could be done')
    .addHelpText(
      'after',
      examples(
        'highwater topic add-partitions orders --to 12',
        'highwater topic add-partitions orders --by 2 --dry-run',
      ),
    )
    .action((name: string, options: AddOptions) =>
      runCommand(options, (client) => addPartitions(client, name, options)),
    )
}

async function addPartitions(
  client: ClusterClient,
  name: string,
  { to, by, dryRun, format }: AddOptions,
): Promise<void> {
  if ((to === undefined) === (by === undefined))
    throw new UsageError('Cannot add partitions: wanted either --to or --by')
  const { partitions } = await client.topic(name)
  const count = to ?? partitions.length + (by ?? 0)
  const node = await client.controller()
  const { results } = await node.send(CreatePartitionsRequest, CreatePartitionsResponse, {
    topics: [{ name, count, assignments: null }],
    timeoutMs: client.timeoutMs,
    validateOnly: dryRun === true,
  })
  const outcomes = results.map(({ errorCode, errorMessage }) => ({
    name,
    errorCode,
    errorMessage,
    action: `add partitions to topic '${name}'`,
    done: `Topic '${name}' ${dryRun ? 'could have' : 'has'} ${count} partitions, had ${partitions.length}`,
    details: { partitions: count, before: partitions.length, executed: dryRun !== true },
  }))
  printOutcomes(format, 'topics', outcomes)
}
