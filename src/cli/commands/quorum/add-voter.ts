import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { formatAddress, parseBootstrap } from '../../client/address.ts'
import type { ClusterClient } from '../../client/cluster-client.ts'
import { describeQuorum } from '../../client/quorum.ts'
import type { QuorumEndpoint, QuorumReplica, QuorumState } from '../../client/quorum.ts'
import { addVoter, findVoter } from '../../client/voters.ts'
import {
  countArgument,
  examples,
  printJson,
  printText,
  runCommand,
  withCommon,
} from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { UsageError } from '../../failure.ts'

/** The name of the listener may be left out. */
type Endpoint = Omit<QuorumEndpoint, 'name'> & { readonly name: string | null }

interface AddOptions extends CommonOptions {
  readonly endpoint: readonly Endpoint[]
  readonly directory?: string
}

const HELP = `
The controller must be running and caught up: it shows among the observers of 'highwater quorum describe'. Its disk
must have been formatted with --no-initial-controllers.
`

export function register(quorum: Command): void {
  withCommon(
    quorum
      .command('add-voter')
      .description('Let a controller vote')
      .argument('<node>', 'its node.id', countArgument(0)),
  )
    .requiredOption(
      '-e, --endpoint <[name://]host:port>',
      "where it listens for other controllers; may be repeated; the name of the listener defaults to that of the other voters'",
      endpointArgument,
    )
    .option('-d, --directory <id>', 'of its metadata log; default: the one that the quorum sees')
    .addHelpText('after', HELP)
    .addHelpText(
      'after',
      examples(
        'highwater quorum add-voter 4 --endpoint host-4:9093',
        'highwater quorum add-voter 4 --endpoint CONTROLLER://host-4:9093 -b controller-1:9093',
      ),
    )
    .action((id: number, options: AddOptions) =>
      runCommand(options, (client) => add(client, id, options)),
    )
}

async function add(client: ClusterClient, id: number, options: AddOptions): Promise<void> {
  const quorum = await describeQuorum(client)
  const voter = findVoter('add voter', running(quorum.observers), id, options.directory)
  const endpoints = options.endpoint.map(({ name, ...address }) => ({
    ...address,
    name: name ?? listenerName(quorum),
  }))
  await addVoter(client, voter, endpoints)
  if (options.format === 'json') return printJson({ ...voter, endpoints, added: true })
  printText(`Node ${id} votes: ${endpoints.map(formatAddress).join(', ')}`)
}

/** Observers ask at least twice a second. */
const RUNNING_MS = 3_000

/** Without what a node was before it lost its disk; all of them where the quorum does not tell when they asked. */
function running(observers: readonly QuorumReplica[]): readonly QuorumReplica[] {
  const found = observers.filter(({ silentMs }) => silentMs !== null && silentMs < RUNNING_MS)
  return found.length === 0 ? observers : found
}

function listenerName({ voters }: QuorumState): string {
  const [name] = voters.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.name))
  if (name !== undefined) return name
  throw new UsageError(
    'Cannot add the voter: the quorum does not tell how its listeners are named; use --endpoint NAME://host:port',
  )
}

function endpointArgument(text: string, previous: readonly Endpoint[] | undefined): Endpoint[] {
  const match = /^(?:([A-Za-z0-9_]+):\/\/)?(.+:\d+)$/.exec(text)
  try {
    const [address, ...more] = parseBootstrap(match?.[2] ?? '')
    if (address !== undefined && more.length === 0)
      return [...(previous ?? []), { ...address, name: match?.[1] ?? null }]
  } catch {
    // Told below, as for every argument.
  }
  throw new InvalidArgumentError('It must be host:port or NAME://host:port.')
}
