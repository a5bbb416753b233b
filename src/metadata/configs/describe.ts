import { brokerConfigNames, brokerConfigs } from './broker/broker-configs.ts'
import type { BrokerConfigName } from './broker/broker-configs.ts'
import type { BrokerSettings, SourcedValue } from './broker-settings.ts'
import { isSensitive } from './definition.ts'
import type { ConfigDefinition, ConfigType } from './definition.ts'
import { configSources } from './source.ts'
import type { ConfigSource } from './source.ts'
import { synonymsOfBrokerKey, synonymsOfTopicKey } from './synonyms.ts'
import { inheritedTopicValues, resolveTopicConfig } from './topic-settings.ts'
import { topicConfigNames, topicConfigs } from './topic/topic-configs.ts'
import type { TopicConfigName } from './topic/topic-configs.ts'
import { formatConfig, normalizeText, parseConfig } from './value.ts'

/** Kafka's numbers for the types in DescribeConfigs. */
const TYPE_NUMBERS: Readonly<Record<ConfigType, number>> = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
}

/** A value that would count if the ones before it were taken away. */
export interface ConfigSynonym {
  readonly name: string
  /** null: secret. */
  readonly value: string | null
  readonly source: ConfigSource
}

/** One row of DescribeConfigs. */
export interface ConfigRow {
  readonly name: string
  /** null: none, or secret. */
  readonly value: string | null
  readonly readOnly: boolean
  readonly source: ConfigSource
  readonly sensitive: boolean
  /** Strongest first; the first one is where `value` comes from. */
  readonly synonyms: readonly ConfigSynonym[]
  /** Kafka's number of the type. */
  readonly type: number
  readonly documentation: string
}

/**
 * The configuration of a topic.
 *
 * @param overrides the topic's own values, from the image
 * @param names the keys to describe; null: all. Unknown ones are left out, as Kafka does.
 */
export function describeTopicConfigs(
  overrides: ReadonlyMap<string, string>,
  broker: BrokerSettings,
  names: readonly string[] | null = null,
): ConfigRow[] {
  const wanted = names === null ? null : new Set(names)
  return topicConfigNames
    .filter((name) => !topicConfigs[name].internal && (wanted === null || wanted.has(name)))
    .map((name) => topicRow(name, overrides, broker))
}

function topicRow(
  name: TopicConfigName,
  overrides: ReadonlyMap<string, string>,
  broker: BrokerSettings,
): ConfigRow {
  const definition = topicConfigs[name] as ConfigDefinition
  const inherited = inheritedTopicValues(name, broker)
  const main = synonymsOfTopicKey(name)[0]?.key
  // As Kafka (ConfigHelper): what is stronger than the broker's main key, or all without it, is left out.
  const from = inherited.findIndex(({ key }) => key === main)
  const synonyms = (from < 0 ? [] : inherited.slice(from)).map((value) => {
    return asSynonym(definition, value)
  })
  const own = overrides.get(name)
  if (own !== undefined && parseConfig(name, definition, own).ok) {
    const value = normalizeText(definition, own)
    const ownSynonym = { name, value, source: configSources.TOPIC_CONFIG }
    return row(name, definition, value, [ownSynonym, ...synonyms], false)
  }
  const value = formatConfig(definition, resolveTopicConfig(name, overrides, broker))
  const source = inherited[0]?.source ?? configSources.DEFAULT_CONFIG
  return { ...row(name, definition, value, synonyms, false), source }
}

/** The configuration of the broker with these settings. `names` as in {@link describeTopicConfigs}. */
export function describeBrokerConfigs(
  broker: BrokerSettings,
  names: readonly string[] | null = null,
): ConfigRow[] {
  const wanted = names === null ? null : new Set(names)
  return brokerConfigNames
    .filter((name) => !brokerConfigs[name].internal && (wanted === null || wanted.has(name)))
    .map((name) => brokerRow(name, broker.candidates(synonymsOfBrokerKey(name))))
}

/** What is set for all brokers: only keys that are, without what single brokers make of it. */
export function describeDefaultBrokerConfigs(
  dynamicDefault: ReadonlyMap<string, string>,
  names: readonly string[] | null = null,
): ConfigRow[] {
  const source = configSources.DYNAMIC_DEFAULT_BROKER_CONFIG
  const wanted = names === null ? null : new Set(names)
  return brokerConfigNames.flatMap((key) => {
    const text = dynamicDefault.get(key)
    if (text === undefined || (wanted !== null && !wanted.has(key))) return []
    return brokerRow(key, [{ key, text, source }])
  })
}

function brokerRow(name: BrokerConfigName, candidates: readonly SourcedValue[]): ConfigRow {
  const definition = brokerConfigs[name] as ConfigDefinition
  const synonyms = candidates.map((value) => asSynonym(definition, value))
  // Stronger values of other keys say nothing about this one.
  const own = synonyms.findIndex((synonym) => synonym.name === name)
  const from = own < 0 ? [] : synonyms.slice(own)
  return row(name, definition, from[0]?.value ?? null, from, definition.update === 'read-only')
}

function asSynonym(definition: ConfigDefinition, { key, text, source }: SourcedValue) {
  const value = isSensitive(definition)
    ? null
    : normalizeText(brokerConfigs[key] as ConfigDefinition, text)
  return { name: key, value, source }
}

function row(
  name: string,
  definition: ConfigDefinition,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
  readOnly: boolean,
): ConfigRow {
  return {
    name,
    value,
    readOnly,
    source: synonyms[0]?.source ?? configSources.DEFAULT_CONFIG,
    sensitive: isSensitive(definition),
    synonyms,
    type: TYPE_NUMBERS[definition.type],
    documentation: definition.documentation,
  }
}
