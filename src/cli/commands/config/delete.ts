import type { Command } from 'commander'
import { alterAndPrint } from '../../alter-command.ts'
import { configTarget } from '../../client/configs.ts'
import type { ConfigKind } from '../../client/configs.ts'
import { kindArgument } from './kind-argument.ts'
import { examples, runCommand, withCommon } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

interface DeleteOptions extends CommonOptions {
  readonly dryRun?: true
}

export function register(config: Command): void {
  withCommon(
    config
      .command('delete')
      .alias('unset')
      .description('Go back to the default values')
      .addArgument(kindArgument())
      .argument('<name>', "a topic; a broker's id, or default for all brokers")
      .argument('<key...>'),
  )
    .option('--dry-run', 'only check whether it could be done')
    .addHelpText('after', examples('highwater config delete topic orders retention.ms'))
    .action((kind: ConfigKind, name: string, keys: string[], options: DeleteOptions) =>
      runCommand(options, (client) => {
        const changes = keys.map((name) => ({ name, value: null }))
        return alterAndPrint(client, configTarget(kind, name), changes, options)
      }),
    )
}
