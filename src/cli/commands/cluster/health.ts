import { Option } from 'commander'
import type { Command } from 'commander'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { mayPass } from '../../client/errors.ts'
import { healthOf, lookAtCluster, problemsOf } from '../../client/health.ts'
import type { Health } from '../../client/health.ts'
import {
  countArgument,
  durationArgument,
  examples,
  failPartly,
  note,
  printJson,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

interface HealthOptions extends CommonOptions {
  /** True: as long as it takes. */
  readonly wait: number | boolean
  readonly nodes: number
}

/** Between two looks. */
const POLL_MS = 250

export function register(cluster: Command): void {
  withCommon(
    cluster
      .command('health')
      .description(
        'Exit with 0 when the cluster is healthy (a controller, every broker serving and answering, every voter fetching, every partition led and in sync), else 1',
      ),
  )
    .addOption(
      new Option('-w, --wait [duration]', 'block until it is; give up after the duration')
        .argParser(durationArgument)
        .default(false),
    )
    .option('--nodes <count>', 'with fewer brokers it is not healthy', countArgument(1), 1)
    .addHelpText(
      'after',
      examples(
        'highwater cluster health',
        'highwater cluster health --wait 60s --nodes 3      after the first start of three nodes',
        'highwater cluster health --wait 60s && npm run integration-tests',
        'until highwater cluster health --format json; do sleep 1; done',
      ),
    )
    .action((options: HealthOptions) => runCommand(options, (client) => health(client, options)))
}

async function health(
  client: ClusterClient,
  { wait, nodes, format }: HealthOptions,
): Promise<void> {
  const endMs = client.nowMs() + (wait === true ? Infinity : wait === false ? 0 : wait)
  let told = ''
  for (;;) {
    const isLast = client.nowMs() >= endMs
    const found = await look(client, nodes, isLast)
    if (found?.isHealthy === true || isLast) {
      if (found !== null) await report(found, format)
      return
    }
    const reason = found === null ? 'it does not answer' : problemsOf(found).join(' ')
    if (reason !== told && process.stderr.isTTY) note(`waiting: ${reason}`)
    told = reason
    await client.pause(Math.min(POLL_MS, Math.max(endMs - client.nowMs(), 0)))
  }
}

/** Null: nothing answered, and there is time to try again. */
async function look(client: ClusterClient, nodes: number, isLast: boolean): Promise<Health | null> {
  try {
    return healthOf(await lookAtCluster(client), nodes)
  } catch (error) {
    if (isLast || !mayPass(error)) throw error
    return null
  }
}

async function report(health: Health, format: CommonOptions['format']): Promise<void> {
  if (!health.isHealthy) failPartly()
  if (format === 'json') return printJson(health)
  if (health.isHealthy) printText(`Healthy: ${health.nodes} nodes, ${health.partitions} partitions`)
  else printText(['Not healthy.', ...problemsOf(health)].join('\n'))
}
