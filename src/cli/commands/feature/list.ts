import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { levelText, listFeatures } from '../../client/features.ts'
import { examples, printJson, printTable, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

export function register(feature: Command): void {
  withCommon(
    feature
      .command('list')
      .alias('describe')
      .description('List features: the level in force, and the levels that the broker knows'),
  )
    .addHelpText('after', examples('highwater feature list'))
    .action((options: CommonOptions) => runCommand(options, (client) => list(client, options)))
}

async function list(client: ClusterClient, { format }: CommonOptions): Promise<void> {
  const features = await listFeatures(client)
  if (format === 'json') return printJson({ features })
  await printTable(
    [
      { title: 'feature', cell: ({ name }) => name },
      { title: 'level', cell: ({ name, level }) => levelText({ name, level }) },
      { title: 'lowest', cell: ({ name, min }) => boundText(name, min) },
      { title: 'highest', cell: ({ name, max }) => boundText(name, max) },
    ],
    features,
  )
}

function boundText(name: string, level: number | null): string | null {
  return level === null ? null : levelText({ name, level })
}
