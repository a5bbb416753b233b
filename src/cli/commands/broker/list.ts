import type { Command } from 'commander'
import { listBrokers } from '../../client/brokers.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { examples, printJson, printTable, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

export function register(broker: Command): void {
  withCommon(
    broker
      .command('list')
      .alias('ls')
      .description('List the registered brokers, also those that are fenced'),
  )
    .addHelpText(
      'after',
      examples(
        'highwater broker list',
        "highwater broker list --format json | jq '.brokers[] | select(.isFenced).id'",
      ),
    )
    .action((options: CommonOptions) => runCommand(options, (client) => list(client, options)))
}

async function list(client: ClusterClient, { format }: CommonOptions): Promise<void> {
  const brokers = await listBrokers(client)
  if (format === 'json') return printJson({ brokers })
  await printTable(
    [
      { title: 'broker', align: 'right', cell: ({ id }) => id },
      { title: 'host', cell: ({ host }) => host },
      { title: 'port', align: 'right', cell: ({ port }) => port },
      { title: 'rack', cell: ({ rack }) => rack },
      { title: 'state', cell: ({ isFenced }) => (isFenced ? 'fenced' : 'up') },
    ],
    brokers,
  )
}
