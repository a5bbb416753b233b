/** What `config set`, `config delete` and `topic alter` have in common. */
import { alterConfigs, targetText } from './client/configs.ts'
import type { ConfigChange, ConfigTarget } from './client/configs.ts'
import type { ClusterClient } from './client/cluster-client.ts'
import { printJson, printText } from './command-kit.ts'
import type { Format } from './command-kit.ts'
import { UsageError } from './failure.ts'

/** Changes the configuration and says so. */
export async function alterAndPrint(
  client: ClusterClient,
  target: ConfigTarget,
  changes: readonly ConfigChange[],
  { format, dryRun = false }: { readonly format: Format; readonly dryRun?: boolean },
): Promise<void> {
  if (changes.length === 0)
    throw new UsageError(`Cannot configure ${targetText(target)}: nothing to change`)
  await alterConfigs(client, target, changes, dryRun)
  const { kind, name } = target
  if (format === 'json') return printJson({ kind, name, executed: !dryRun, changes })
  const keys = changes.map(({ name }) => name).join(', ')
  printText(
    dryRun
      ? `${keys} of ${targetText(target)} could be changed`
      : `Changed ${keys} of ${targetText(target)}`,
  )
}
