import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { describeQuorum } from '../../client/quorum.ts'
import { findVoter, removeVoter } from '../../client/voters.ts'
import {
  countArgument,
  examples,
  printJson,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

interface RemoveOptions extends CommonOptions {
  readonly directory?: string
}

export function register(quorum: Command): void {
  withCommon(
    quorum
      .command('remove-voter')
      .description('Let a controller vote no more: before it is taken away, or when it is lost')
      .argument('<node>', 'its node.id', countArgument(0)),
  )
    .option('-d, --directory <id>', 'of its metadata log; default: the one that the quorum knows')
    .addHelpText(
      'after',
      examples(
        'highwater quorum remove-voter 3',
        'highwater quorum remove-voter 3 -b controller-1:9093',
      ),
    )
    .action((id: number, options: RemoveOptions) =>
      runCommand(options, (client) => remove(client, id, options)),
    )
}

async function remove(client: ClusterClient, id: number, options: RemoveOptions): Promise<void> {
  const { voters } = await describeQuorum(client)
  const voter = findVoter('remove voter', voters, id, options.directory)
  await removeVoter(client, voter)
  if (options.format === 'json') return printJson({ ...voter, removed: true })
  printText(`Node ${id} votes no more`)
}
