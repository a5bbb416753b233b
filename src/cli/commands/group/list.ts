import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { listGroups } from '../../client/groups.ts'
import { examples, printJson, printTable, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

export function register(group: Command): void {
  withCommon(group.command('list').alias('ls').description('List the groups of all brokers'))
    .addHelpText(
      'after',
      examples(
        'highwater group list',
        "highwater group list --format json | jq -r '.groups[].group'",
      ),
    )
    .action((options: CommonOptions) => runCommand(options, (client) => list(client, options)))
}

async function list(client: ClusterClient, { format }: CommonOptions): Promise<void> {
  const groups = await listGroups(client)
  if (format === 'json') return printJson({ groups })
  await printTable(
    [
      { title: 'group', cell: ({ group }) => group },
      { title: 'state', cell: ({ state }) => state },
      { title: 'type', cell: ({ type }) => type },
      { title: 'protocol', cell: ({ protocolType }) => protocolType },
      { title: 'coordinator', align: 'right', cell: ({ coordinator }) => coordinator },
    ],
    groups,
  )
}
