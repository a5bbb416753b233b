import { brokerConfigs } from './broker/broker-configs.ts'
import type { BrokerConfigName, BrokerConfigValue } from './broker/broker-configs.ts'
import type { ConfigDefinition } from './definition.ts'
import { configSources } from './source.ts'
import type { ConfigSource } from './source.ts'
import { formatConfig, parseConfig } from './value.ts'

/** A value that some level of configuration has for a key. */
export interface SourcedValue {
  readonly key: BrokerConfigName
  readonly text: string
  readonly source: ConfigSource
}

type Properties = ReadonlyMap<string, string>

const NOTHING: Properties = new Map()

/**
 * The configuration of one node. What was set through the cluster for this broker comes first, then what
 * was set for all brokers, then the configuration file, then the defaults. Never changes;
 * {@link withDynamic} makes another one.
 */
export class BrokerSettings {
  readonly #levels: ReadonlyArray<readonly [ConfigSource, Properties]>
  readonly #fixed: Properties
  readonly #values = new Map<string, unknown>()

  /**
   * @param fixed the node's own configuration, checked by `checkBrokerConfigs`
   * @param dynamic set through the cluster for this broker
   * @param dynamicDefault set through the cluster for all brokers
   */
  constructor(fixed: Properties, dynamic: Properties = NOTHING, dynamicDefault = NOTHING) {
    this.#fixed = fixed
    this.#levels = [
      [configSources.DYNAMIC_BROKER_CONFIG, dynamic],
      [configSources.DYNAMIC_DEFAULT_BROKER_CONFIG, dynamicDefault],
      [configSources.STATIC_BROKER_CONFIG, fixed],
    ]
  }

  /** The settings after a change through the cluster. */
  withDynamic(dynamic: Properties, dynamicDefault: Properties): BrokerSettings {
    return new BrokerSettings(this.#fixed, dynamic, dynamicDefault)
  }

  /** The value of a key, typed by its declaration; null where it has neither value nor default. */
  get<K extends BrokerConfigName>(key: K): BrokerConfigValue<K> {
    return this.#cached(key, [key]) as BrokerConfigValue<K>
  }

  /** As {@link get}, but `listener.name.<name>.<key>` comes first. Listener names are in capitals. */
  getForListener<K extends BrokerConfigName>(listenerName: string, key: K): BrokerConfigValue<K> {
    const own = `listener.name.${listenerName.toLowerCase()}.${key}`
    return this.#cached(key, [own, key]) as BrokerConfigValue<K>
  }

  /** True if the key has a value other than by default. */
  isSet(key: BrokerConfigName): boolean {
    return this.#levels.some(([, properties]) => properties.has(key))
  }

  /** Every value that the levels have for some keys: by level, and within one in the order of the keys. */
  candidates(keys: readonly BrokerConfigName[]): SourcedValue[] {
    const found: SourcedValue[] = []
    for (const [source, properties] of this.#levels) {
      for (const key of keys) {
        const text = properties.get(key)
        if (text !== undefined && parseConfig(key, definitionOf(key), text).ok) {
          found.push({ key, text, source })
        }
      }
    }
    for (const key of keys) {
      const text = formatConfig(definitionOf(key), brokerConfigs[key].defaultValue)
      if (text !== null) found.push({ key, text, source: configSources.DEFAULT_CONFIG })
    }
    return found
  }

  #cached(key: BrokerConfigName, names: readonly string[]): unknown {
    const cacheKey = names[0] as string
    if (this.#values.has(cacheKey)) return this.#values.get(cacheKey)
    const value = this.#find(key, names)
    this.#values.set(cacheKey, value)
    return value
  }

  #find(key: BrokerConfigName, names: readonly string[]): unknown {
    const definition = definitionOf(key)
    for (const name of names) {
      for (const [, properties] of this.#levels) {
        const text = properties.get(name)
        if (text === undefined) continue
        // A value that the cluster took when it ran other software may not be valid here.
        const parsed = parseConfig(name, definition, text)
        if (parsed.ok) return parsed.value
      }
    }
    return definition.defaultValue
  }
}

function definitionOf(key: BrokerConfigName): ConfigDefinition {
  return brokerConfigs[key] as ConfigDefinition
}
