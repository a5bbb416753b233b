import type { Command } from 'commander'
import { formatAddress } from '../../client/address.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { describeQuorum } from '../../client/quorum.ts'
import type { QuorumReplica, QuorumState } from '../../client/quorum.ts'
import {
  examples,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { formatAgo } from '../../text/ago.ts'

export function register(quorum: Command): void {
  withCommon(
    quorum
      .command('describe')
      .alias('status')
      .description('Show the leader, its epoch, the high watermark, and how far each node is'),
  )
    .addHelpText(
      'after',
      examples(
        'highwater quorum describe',
        'highwater quorum describe -b controller-1:9093',
        "highwater quorum describe --format json | jq '.voters[] | {id, lag}'",
      ),
    )
    .action((options: CommonOptions) => runCommand(options, (client) => describe(client, options)))
}

interface Row extends QuorumReplica {
  readonly role: 'leader' | 'voter' | 'observer'
}

async function describe(client: ClusterClient, { format }: CommonOptions): Promise<void> {
  const quorum = await describeQuorum(client)
  const { leaderId, leaderEpoch, highWatermark } = quorum
  if (format === 'json') {
    return printJson({
      leaderId,
      leaderEpoch,
      highWatermark,
      voters: quorum.voters,
      observers: quorum.observers,
    })
  }
  printText(`Leader ${leaderId}, epoch ${leaderEpoch}, high watermark ${highWatermark}\n\n`)
  await printTable(
    [
      { title: 'node', align: 'right', cell: ({ id }) => id },
      { title: 'role', cell: ({ role }) => role },
      { title: 'log end', align: 'right', cell: ({ logEnd }) => logEnd },
      { title: 'lag', align: 'right', cell: ({ lag }) => lag },
      { title: 'caught up', align: 'right', cell: ({ lagMs }) => agoText(lagMs) },
      { title: 'fetched', align: 'right', cell: ({ silentMs }) => agoText(silentMs) },
      { title: 'directory', cell: ({ directoryId }) => directoryId },
      { title: 'listens on', cell: ({ endpoints }) => endpoints.map(formatAddress).join(',') },
    ],
    rowsOf(quorum),
  )
}

function rowsOf({ leaderId, voters, observers }: QuorumState): Row[] {
  const roleOf = ({ id }: QuorumReplica): Row['role'] => (id === leaderId ? 'leader' : 'voter')
  return [
    ...voters.map((replica) => ({ ...replica, role: roleOf(replica) })),
    ...observers.map((replica) => ({ ...replica, role: 'observer' as const })),
  ]
}

function agoText(durationMs: number | null): string | null {
  return durationMs === null ? null : `${formatAgo(durationMs)} ago`
}
