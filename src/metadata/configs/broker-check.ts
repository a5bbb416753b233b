import { brokerConfig, brokerConfigNames } from './broker/broker-configs.ts'
import { checkBrokerRelations } from './broker-relations.ts'
import { BrokerSettings } from './broker-settings.ts'
import type { ConfigDefinition } from './definition.ts'
import { planListeners } from './listeners.ts'
import { closestKey } from './suggest.ts'
import { parseConfig } from './value.ts'
import type { ConfigProblem } from './value.ts'
import { isWithoutEffect } from './without-effect.ts'

/** The outcome of reading a node's configuration. */
export interface CheckedBrokerConfigs {
  /** Usable if there are no errors. */
  readonly settings: BrokerSettings
  /** The node must not start with any of them. */
  readonly errors: readonly ConfigProblem[]
  /** To be told, once each; the node runs without these keys. */
  readonly warnings: readonly ConfigProblem[]
}

/** Keys that speak of these decide whether acknowledged records survive: there a typing mistake is an error. */
const DURABILITY = /flush|(^|\.)acks|min\.?in\.?sync|min\.?isr|unclean|replication\.?factor/i

/** Families of Apache Kafka's keys that mean nothing here, so that the warning can say so. */
const KAFKA_ONLY =
  /^(remote\.|rlmm\.|rsm\.|(group\.)?share\.|group\.streams\.|metrics?\.|kafka\.metrics\.|auto\.include\.jmx\.|config\.providers|sasl\.(kerberos|oauthbearer|login)\.|delegation\.token\.|telemetry\.|add\.partitions\.to\.txn\.|(alter\.config|create\.topic)\.policy\.|client\.quota\.callback\.|controller\.performance\.|unstable\.|security\.providers|ssl\.engine\.|zookeeper\.|log\.message\.format\.|inter\.broker\.protocol\.version)/

const LISTENER_PREFIX = /^listener\.name\.[^.]+\.(?:(?:[\w-]+)\.(?=sasl\.))?(.+)$/

/** Checks a node's own configuration: every value, what belongs together, and keys that nobody knows. */
export function checkBrokerConfigs(properties: ReadonlyMap<string, string>): CheckedBrokerConfigs {
  const errors: ConfigProblem[] = []
  const warnings: ConfigProblem[] = []
  for (const [key, text] of properties) {
    const definition = definitionOf(key)
    if (definition === undefined) {
      const list = isDurability(key) ? errors : warnings
      list.push({ key, value: null, message: unknownKey(key) })
      continue
    }
    const parsed = parseConfig(key, definition, text)
    if (!parsed.ok) errors.push(parsed.problem)
  }
  const idle = [...properties.keys()].filter(isWithoutEffect)
  if (idle.length > 0) {
    const message = `Without effect in this version: ${idle.join(', ')}`
    warnings.push({ key: idle.join(), value: null, message })
  }
  const settings = new BrokerSettings(properties)
  if (errors.length === 0) {
    errors.push(...checkBrokerRelations(settings), ...planListeners(settings).problems)
  }
  return { settings, errors, warnings }
}

/** The declaration behind a key, with or without a listener's prefix. */
function definitionOf(key: string): ConfigDefinition | undefined {
  return brokerConfig(key) ?? brokerConfig(LISTENER_PREFIX.exec(key)?.[1] ?? '')
}

/** Unless the key belongs to a feature that Highwater does not have. */
function isDurability(key: string): boolean {
  return DURABILITY.test(key) && !KAFKA_ONLY.test(key)
}

function unknownKey(key: string): string {
  if (isDurability(key)) {
    const near = closestKey(key, brokerConfigNames)
    const hint =
      near === undefined ? 'it is not a key of Apache Kafka 4.3' : `did you mean ${near}?`
    return `Cannot set ${key}: no such key, and durability may hang on it; ${hint}`
  }
  if (KAFKA_ONLY.test(key))
    return `Ignoring ${key}: Highwater does not use this key of Apache Kafka`
  const near = closestKey(key, brokerConfigNames)
  return `Ignoring ${key}: no such key${near === undefined ? '' : `, did you mean ${near}?`}`
}

/**
 * Checks values that are to be set through the cluster. Keys that nobody knows are taken, as in Apache Kafka, unless they look like a
 * mistyped durability key.
 *
 * @param scope `broker`: for one broker; `default`: for all brokers
 */
export function checkDynamicBrokerConfigs(
  overrides: ReadonlyMap<string, string>,
  scope: 'broker' | 'default',
): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const [key, text] of overrides) {
    const definition = definitionOf(key)
    const refusal = definition === undefined ? refuseUnknown(key) : refuseUpdate(definition, scope)
    if (refusal !== null) {
      problems.push({ key, value: text, message: `Cannot set ${key}: ${refusal}` })
    } else if (definition !== undefined) {
      const parsed = parseConfig(key, definition, text)
      if (!parsed.ok) problems.push(parsed.problem)
    }
  }
  return problems
}

function refuseUnknown(key: string): string | null {
  if (!isDurability(key)) return null
  const near = closestKey(key, brokerConfigNames)
  return `no such broker configuration${near === undefined ? '' : `, did you mean ${near}?`}`
}

function refuseUpdate({ update }: ConfigDefinition, scope: 'broker' | 'default'): string | null {
  if (update === 'read-only')
    return 'it can only be changed in the configuration file, by a restart'
  if (update === 'per-broker' && scope === 'default') {
    return 'it belongs to a single broker and has no default for all of them'
  }
  return null
}
