import type { Command } from 'commander'
import { alterAndPrint } from '../../alter-command.ts'
import { configTarget } from '../../client/configs.ts'
import type { ConfigKind } from '../../client/configs.ts'
import { kindArgument } from './kind-argument.ts'
import { examples, parsePairs, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

interface SetOptions extends CommonOptions {
  readonly dryRun?: true
}

export function register(config: Command): void {
  withCommon(
    config
      .command('set')
      .description('Set configuration values of a topic or a broker')
      .addArgument(kindArgument())
      .argument('<name>', "a topic; a broker's id, or default for all brokers")
      .argument('<key=value...>'),
  )
    .option('--dry-run', 'only check whether it could be done')
    .addHelpText(
      'after',
      examples(
        'highwater config set topic orders retention.ms=86400000 cleanup.policy=compact,delete',
        'highwater config set broker default log.retention.ms=3600000',
      ),
    )
    .action((kind: ConfigKind, name: string, pairs: string[], options: SetOptions) =>
      runCommand(options, (client) => {
        const changes = parsePairs(pairs).map(([name, value]) => ({ name, value }))
        return alterAndPrint(client, configTarget(kind, name), changes, options)
      }),
    )
}
