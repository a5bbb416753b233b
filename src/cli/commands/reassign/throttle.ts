import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { listReassignments } from '../../client/reassignments.ts'
import { clearThrottles, copyOf, setThrottle } from '../../client/throttle.ts'
import { examples, printJson, printText, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { formatSize } from '../../text/size.ts'
import { rateArgument } from './rate-argument.ts'

const NONE = 'none'

export function register(reassign: Command): void {
  withCommon(
    reassign
      .command('throttle')
      .description('Change how fast the replicas that are moving are copied')
      .argument(
        '<rate>',
        `bytes per second for each broker, such as 50MB; ${NONE}: take the throttle away`,
        (text) => (text === NONE ? null : rateArgument(text)),
      ),
  )
    .addHelpText(
      'after',
      examples('highwater reassign throttle 100MB', 'highwater reassign throttle none'),
    )
    .action((rate: number | null, options: CommonOptions) =>
      runCommand(options, (client) =>
        rate === null ? clear(client, options) : set(client, rate, options),
      ),
    )
}

async function set(client: ClusterClient, rate: number, { format }: CommonOptions): Promise<void> {
  const moving = await listReassignments(client)
  await setThrottle(client, moving.map(copyOf), rate)
  if (format === 'json') return printJson({ bytesPerSecond: rate, partitions: moving.length })
  if (moving.length === 0) return printText('Nothing is moving')
  printText(`${moving.length} partitions are copied with at most ${formatSize(rate)}/s`)
}

async function clear(client: ClusterClient, { format }: CommonOptions): Promise<void> {
  const { topics, brokers } = await clearThrottles(client)
  if (format === 'json') return printJson({ bytesPerSecond: null, topics, brokers })
  printText(`Took the throttle from ${topics.length} topics and ${brokers.length} brokers`)
}
