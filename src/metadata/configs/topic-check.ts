import type { BrokerSettings } from './broker-settings.ts'
import { closestKey } from './suggest.ts'
import { topicSettings } from './topic-settings.ts'
import { topicConfig, topicConfigNames } from './topic/topic-configs.ts'
import { parseConfig } from './value.ts'
import type { ConfigProblem } from './value.ts'

/**
 * Checks all values that a topic has or is to have: each by itself, then together and with those of the
 * broker. Empty: they can be used. The controller refuses the request with INVALID_CONFIG otherwise.
 */
export function checkTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerSettings,
): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const [key, text] of overrides) {
    const definition = topicConfig(key)
    if (definition === undefined) {
      problems.push({ key, value: text, message: unknownKey(key) })
      continue
    }
    const parsed = parseConfig(key, definition, text)
    if (!parsed.ok) problems.push(parsed.problem)
  }
  return problems.length > 0 ? problems : checkTogether(overrides, broker)
}

function unknownKey(key: string): string {
  const near = closestKey(key, topicConfigNames)
  const hint =
    near === undefined ? 'see the documentation for the keys there are' : `did you mean ${near}?`
  return `Cannot set ${key}: no such topic configuration, ${hint}`
}

function checkTogether(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerSettings,
): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const add = (key: string, message: string): void => {
    const value = overrides.get(key) ?? null
    problems.push({ key, value, message: `Cannot set ${key}: ${message}` })
  }
  const { minCompactionLagMs, maxCompactionLagMs } = topicSettings(overrides, broker)
  if (minCompactionLagMs > maxCompactionLagMs) {
    const found = `found ${minCompactionLagMs}`
    add(
      'min.compaction.lag.ms',
      `${found}, wanted at most max.compaction.lag.ms, ${maxCompactionLagMs}`,
    )
  }
  if (overrides.get('remote.storage.enable')?.trim().toLowerCase() === 'true') {
    add('remote.storage.enable', "found 'true', wanted false: there is no remote storage")
  }
  return problems
}
