import type { ClusterClient } from '../../client/cluster-client.ts'
import { levelText, parseFeatureLevel, updateFeatures } from '../../client/features.ts'
import type { updateTypes } from '../../client/features.ts'
import { parsePairs, printJson, printText } from '../../command-kit.ts'
import type { CommonOptions } from '../../command-kit.ts'

/** What `feature upgrade` and `feature downgrade` have in common. */
export async function changeAndPrint(
  client: ClusterClient,
  pairs: readonly string[],
  type: keyof typeof updateTypes,
  { dryRun, format }: CommonOptions & { readonly dryRun?: true },
): Promise<void> {
  const levels = parsePairs(pairs).map(parseFeatureLevel)
  await updateFeatures(client, levels, type, dryRun === true)
  if (format === 'json') return printJson({ executed: dryRun !== true, features: levels })
  for (const level of levels) {
    const text = `${level.name} ${dryRun ? 'could be' : 'is'} ${levelText(level)}`
    printText(dryRun ? text : `${text} now`)
  }
}
