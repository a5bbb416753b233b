import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { formatAddress } from '../../client/address.ts'
import { brokersWith, listBrokers } from '../../client/brokers.ts'
import type { Broker } from '../../client/brokers.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { mayPass } from '../../client/errors.ts'
import { describeLogDirs } from '../../client/log-dirs.ts'
import type { LogDir } from '../../client/log-dirs.ts'
import {
  examples,
  failPartly,
  note,
  printJson,
  printTable,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { formatSize } from '../../text/size.ts'

interface DescribeOptions extends CommonOptions {
  readonly replicas?: true
}

interface Described extends Broker {
  /** Null: it could not be asked. */
  readonly logDirs: readonly LogDir[] | null
}

export function register(broker: Command): void {
  withCommon(
    broker
      .command('describe')
      .description('Show brokers with their log directories: replicas, sizes, room that is left')
      .argument('[broker...]', 'ids; default: all', idsArgument),
  )
    .option('--replicas', 'also each replica, with its size and its lag')
    .addHelpText(
      'after',
      examples(
        'highwater broker describe',
        'highwater broker describe 1 --replicas',
        "highwater broker describe --format json | jq '.brokers[].logDirs[] | {path, usableBytes}'",
      ),
    )
    .action((ids: readonly number[], options: DescribeOptions) =>
      runCommand(options, (client) => describe(client, ids, options)),
    )
}

function idsArgument(text: string, previous: readonly number[]): readonly number[] {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be the id of a broker.')
  return [...new Set([...(previous ?? []), Number(text)])]
}

async function describe(
  client: ClusterClient,
  ids: readonly number[],
  { format, replicas }: DescribeOptions,
): Promise<void> {
  const registered = await listBrokers(client)
  const chosen = ids.length === 0 ? registered : brokersWith(registered, ids)
  const brokers = await Promise.all(chosen.map((broker) => withLogDirs(client, broker)))
  if (format === 'json') return printJson({ brokers: brokers.map((it) => toJson(it, replicas)) })
  for (const [index, broker] of brokers.entries()) {
    if (index > 0) printText('')
    await printBroker(broker, replicas === true)
  }
}

/** A fenced broker serves nothing; one that does not answer is no reason to hide the others. */
async function withLogDirs(client: ClusterClient, broker: Broker): Promise<Described> {
  if (broker.isFenced) return { ...broker, logDirs: null }
  try {
    return { ...broker, logDirs: await describeLogDirs(client, broker.id) }
  } catch (error) {
    if (!mayPass(error)) throw error
    note((error as Error).message)
    failPartly()
    return { ...broker, logDirs: null }
  }
}

async function printBroker(broker: Described, showsReplicas: boolean): Promise<void> {
  const { id, rack, isFenced, logDirs } = broker
  const where = `${formatAddress(broker)}, ${rack === null ? 'no rack' : `rack ${rack}`}`
  printText(`Broker ${id}, ${isFenced ? 'fenced' : 'up'}, ${where}`)
  if (logDirs === null) return
  await printTable(
    [
      { title: 'log dir', cell: ({ path }) => path },
      { title: 'state', cell: ({ error }) => error ?? 'online' },
      { title: 'replicas', align: 'right', cell: ({ replicas }) => replicas.length },
      { title: 'size', align: 'right', cell: (dir) => formatSize(sizeOf(dir)) },
      { title: 'free', align: 'right', cell: ({ usableBytes }) => sizeText(usableBytes) },
      { title: 'volume', align: 'right', cell: ({ totalBytes }) => sizeText(totalBytes) },
    ],
    logDirs,
  )
  if (!showsReplicas) return
  const replicas = logDirs.flatMap(({ path, replicas: all }) => all.map((it) => ({ ...it, path })))
  printText('')
  await printTable(
    [
      { title: 'topic', cell: ({ topic }) => topic },
      { title: 'partition', align: 'right', cell: ({ partition }) => partition },
      { title: 'size', align: 'right', cell: ({ sizeBytes }) => formatSize(sizeBytes) },
      { title: 'lag', align: 'right', cell: ({ offsetLag }) => offsetLag },
      { title: 'log dir', cell: ({ path, isFuture }) => (isFuture ? `${path} (moving)` : path) },
    ],
    replicas,
  )
}

function sizeOf({ replicas }: LogDir): number {
  return replicas.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function sizeText(sizeBytes: number | null): string | null {
  return sizeBytes === null ? null : formatSize(sizeBytes)
}

function toJson({ logDirs, ...broker }: Described, showsReplicas = false): unknown {
  const dirs = logDirs?.map((dir) => {
    const { replicas, ...rest } = dir
    const counts = { ...rest, replicaCount: replicas.length, sizeBytes: sizeOf(dir) }
    return showsReplicas ? { ...counts, replicas } : counts
  })
  return { ...broker, logDirs: dirs ?? null }
}
