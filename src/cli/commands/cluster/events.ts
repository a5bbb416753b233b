import { Option } from 'commander'
import type { Command } from 'commander'
import { parseBootstrap } from '../../client/address.ts'
import type { Address } from '../../client/address.ts'
import { readEvents } from '../../client/node-events.ts'
import type { NodeEvent } from '../../client/node-events.ts'
import {
  durationArgument,
  examples,
  failPartly,
  note,
  printJson,
  printTable,
  tellingFailure,
  withFormat,
} from '../../command-kit.ts'
import type { FormatOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'

interface EventsOptions extends FormatOptions {
  readonly http: string
  readonly since?: number
  readonly timeout: number
}

const HTTP_DEFAULT = '127.0.0.1:9644'
const TIMEOUT_DEFAULT_MS = 5_000

export function register(cluster: Command): void {
  withFormat(
    cluster
      .command('events')
      .description(
        'Show what happened on nodes since they started: elections, in-sync sets, fencing, truncations, failed disks',
      ),
  )
    .option('--http <host:port,...>', 'the http.listener of each node to ask', HTTP_DEFAULT)
    .option('--since <duration>', 'only what is not older', durationArgument)
    .addOption(
      new Option('--timeout <duration>', 'for each node')
        .argParser(durationArgument)
        .default(TIMEOUT_DEFAULT_MS, '5s'),
    )
    .addHelpText(
      'after',
      examples(
        'highwater cluster events --since 1h',
        'highwater cluster events --http 127.0.0.1:9644,127.0.0.1:9645,127.0.0.1:9646',
        'highwater cluster events --format json | jq \'.events[] | select(.event == "log.truncated")\'',
      ),
    )
    .action((options: EventsOptions) => tellingFailure(options, () => events(options)))
}

async function events(options: EventsOptions): Promise<void> {
  const addresses = addressesOf(options.http)
  const sinceMs = options.since === undefined ? 0 : Date.now() - options.since
  const lists = await Promise.all(addresses.map((it) => eventsOf(it, addresses.length, options)))
  const found = lists
    .flat()
    .filter(({ atMs }) => atMs >= sinceMs)
    .sort((a, b) => a.atMs - b.atMs)
  if (options.format === 'json') return printJson({ events: found })
  await printTable(
    [
      { title: 'time', cell: ({ atMs }) => new Date(atMs).toISOString() },
      { title: 'node', cell: ({ node }) => node },
      { title: 'event', cell: ({ event }) => event },
      { title: 'what', cell: ({ message, fields }) => `${message} ${JSON.stringify(fields)}` },
    ],
    found,
  )
}

/** One of several nodes that is down hides nothing of the others. */
async function eventsOf(
  address: Address,
  count: number,
  { timeout }: EventsOptions,
): Promise<NodeEvent[]> {
  try {
    return await readEvents(address, timeout)
  } catch (error) {
    if (count === 1) throw error
    note((error as Error).message)
    failPartly()
    return []
  }
}

function addressesOf(text: string): Address[] {
  try {
    return parseBootstrap(text)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
