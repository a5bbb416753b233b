import type { Command } from 'commander'
import { examples, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'
import { changeAndPrint } from './change.ts'

interface UpgradeOptions extends CommonOptions {
  readonly dryRun?: true
}

export function register(feature: Command): void {
  withCommon(
    feature
      .command('upgrade')
      .description('Raise features, once every node runs a version that knows the level')
      .argument('<feature=level...>'),
  )
    .option('--dry-run', 'only check whether it could be done')
    .addHelpText(
      'after',
      examples(
        'highwater feature upgrade metadata.version=4.3',
        'highwater feature upgrade group.version=1 --dry-run',
      ),
    )
    .action((pairs: string[], options: UpgradeOptions) =>
      runCommand(options, (client) => changeAndPrint(client, pairs, 'upgrade', options)),
    )
}
