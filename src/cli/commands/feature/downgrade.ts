import type { Command } from 'commander'
import { examples, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { changeAndPrint } from './change.ts'

interface DowngradeOptions extends CommonOptions {
  readonly dryRun?: true
  readonly unsafe?: true
}

export function register(feature: Command): void {
  withCommon(
    feature
      .command('downgrade')
      .description('Lower features; level 0 turns one off')
      .argument('<feature=level...>'),
  )
    .option('--unsafe', 'although metadata is lost that the lower level has no place for')
    .option('--dry-run', 'only check whether it could be done')
    .addHelpText('after', examples('highwater feature downgrade share.version=0 --dry-run'))
    .action((pairs: string[], options: DowngradeOptions) =>
      runCommand(options, (client) => {
        const type = options.unsafe ? 'unsafe downgrade' : 'safe downgrade'
        return changeAndPrint(client, pairs, type, options)
      }),
    )
}
