import type { Command } from 'commander'
import { alterAndPrint } from '../../alter-command.ts'
import { collect, examples, parsePairs, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

interface AlterOptions extends CommonOptions {
  readonly set?: readonly string[]
  readonly delete?: readonly string[]
  readonly dryRun?: true
}

export function register(topic: Command): void {
  withCommon(
    topic.command('alter').description('Change the configuration of a topic').argument('<topic>'),
  )
    .option('-s, --set <key=value>', 'set a value; may be repeated', collect)
    .option('-d, --delete <key>', 'go back to the default; may be repeated', collect)
    .option('--dry-run', 'only check whether it could be done')
    .addHelpText(
      'after',
      examples(
        'highwater topic alter orders --set retention.ms=86400000 --set min.insync.replicas=2',
        'highwater topic alter orders --delete retention.ms',
      ),
    )
    .action((name: string, options: AlterOptions) =>
      runCommand(options, async (client) => {
        const set = parsePairs(options.set ?? []).map(([name, value]) => ({ name, value }))
        const unset = (options.delete ?? []).map((name) => ({ name, value: null }))
        await alterAndPrint(client, { kind: 'topic', name }, [...set, ...unset], options)
      }),
    )
}
