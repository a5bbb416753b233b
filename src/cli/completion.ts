/**
 * Shell completion: `highwater completion bash` prints a script, which calls `highwater complete -- <words>` at every tab. Commands and
 * options come from the commands themselves, names of topics and groups and ids of brokers from the cluster.
 */
import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { makeClient } from './command-kit.ts'
import { listBrokers } from './client/brokers.ts'
import { listGroups } from './client/groups.ts'
import type { ClusterClient } from './client/cluster-client.ts'
import { commands } from './commands/index.ts'

/** A tab that hangs is worse than one without names. */
const ASK_MS = 700

const HELP = `
Examples:
  $ source <(highwater completion bash)                                  in ~/.bashrc
  $ highwater completion zsh > "\${fpath[1]}/_highwater"
  $ highwater completion fish > ~/.config/fish/completions/highwater.fish
  $ highwater completion powershell | Out-String | Invoke-Expression     in $PROFILE
`

/** Adds `completion` and `complete`, and all other commands so that they can be completed. */
export async function register(program: Command, argv: readonly string[]): Promise<void> {
  for (const command of commands) (await command.load()).register(program)
  const root = tab(program, { completionCommandName: 'completion' })
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('Print a script that completes commands in a shell')
    .addHelpText('after', HELP)
  if (argv[0] !== 'complete') return
  const words = argv.slice(argv.indexOf('--') + 1)
  const wanted = wantedNames(words)
  if (wanted === null) return
  const names = await namesOf(wanted, words)
  for (const command of root.commands.values()) {
    for (const argument of command.arguments.values()) {
      // `config describe topic <name>` has the kind in the word before.
      const isName = argument.name === wanted || (words[0] === 'config' && argument.name === 'name')
      if (!isName) continue
      argument.handler = (complete) => {
        for (const name of names) complete(name, wanted)
      }
    }
  }
}

type Kind = 'topic' | 'group' | 'broker'

const ASK: Readonly<Record<Kind, (client: ClusterClient) => Promise<string[]>>> = {
  topic: topicNames,
  group: groupNames,
  broker: brokerNames,
}

/** What the word at the cursor may name; null: no name of the cluster, so it need not be asked. */
function wantedNames(words: readonly string[]): Kind | null {
  const [command, subcommand, kind] = words
  const atCursor = words.at(-1) ?? ''
  if (atCursor.startsWith('-')) return null
  if (command === 'produce' || command === 'consume') return words.length > 1 ? 'topic' : null
  if (command === 'config') return words.length === 4 && kind === 'topic' ? 'topic' : null
  if (words.length < 3 || subcommand === undefined) return null
  if (command === 'reassign')
    return subcommand === 'plan' || subcommand === 'cancel' ? 'topic' : null
  return command === 'topic' || command === 'group' || command === 'broker' ? command : null
}

async function namesOf(kind: Kind, words: readonly string[]): Promise<string[]> {
  const option = words.findIndex((word) => word === '-b' || word === '--bootstrap')
  const bootstrap = option < 0 ? undefined : words[option + 1]
  const client = makeClient({ timeout: ASK_MS, ...(bootstrap !== undefined && { bootstrap }) })
  try {
    return await ASK[kind](client)
  } catch {
    // Nothing to tell: an error would be printed into the line that is being typed.
    return []
  } finally {
    await client.close()
  }
}

async function topicNames(client: ClusterClient): Promise<string[]> {
  const { topics } = await client.metadata(null)
  return topics.filter(({ isInternal }) => !isInternal).map(({ name }) => name ?? '')
}

async function groupNames(client: ClusterClient): Promise<string[]> {
  return (await listGroups(client)).map(({ group }) => group)
}

async function brokerNames(client: ClusterClient): Promise<string[]> {
  return (await listBrokers(client)).map(({ id }) => String(id))
}
