import type { RecordValue } from '../records/record.ts'
import { PersistentMap } from './persistent-map.ts'

/** Kafka's numbers (ConfigResource.Type). */
export const configResourceTypes = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const

/** What a configuration belongs to. The broker named '' stands for the default of all brokers. */
export interface ConfigResource {
  /** One of {@link configResourceTypes}. */
  readonly type: number
  readonly name: string
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/** The configuration that was set through the cluster, per resource, as text. */
export class ConfigsImage {
  static readonly empty = new ConfigsImage(PersistentMap.empty())

  /** For {@link ConfigsEditor}. */
  readonly byKey: PersistentMap<string, ResourceConfig>

  constructor(byKey: PersistentMap<string, ResourceConfig>) {
    this.byKey = byKey
  }

  /** The keys set on a resource, with their values. Empty for a resource without any. */
  of(type: number, name: string): ReadonlyMap<string, string> {
    return this.byKey.get(resourceKey(type, name))?.values ?? NOTHING
  }

  ofTopic(name: string): ReadonlyMap<string, string> {
    return this.of(configResourceTypes.TOPIC, name)
  }

  ofBroker(id: number): ReadonlyMap<string, string> {
    return this.of(configResourceTypes.BROKER, String(id))
  }

  ofDefaultBroker(): ReadonlyMap<string, string> {
    return this.of(configResourceTypes.BROKER, '')
  }

  /** The resources that have at least one key, in no particular order. */
  *resources(): Generator<ResourceConfig> {
    yield* this.byKey.values()
  }
}

export interface ResourceConfig {
  readonly resource: ConfigResource
  readonly values: ReadonlyMap<string, string>
}

export function resourceKey(type: number, name: string): string {
  return `${type}:${name}`
}

export class ConfigsEditor {
  readonly #base: ConfigsImage
  readonly #byKey
  readonly #changed = new Map<string, ConfigResource>()

  constructor(base: ConfigsImage) {
    this.#base = base
    this.#byKey = base.byKey.edit()
  }

  apply({ resourceType, resourceName, name, value }: RecordValue<'config'>): void {
    const resource = { type: resourceType, name: resourceName }
    const key = resourceKey(resourceType, resourceName)
    const values = new Map(this.#byKey.get(key)?.values)
    if (value === null) values.delete(name)
    else values.set(name, value)
    this.#put(key, resource, values)
  }

  /** A deleted topic takes its configuration along, without records of their own. */
  removeTopic(topicName: string): void {
    const key = resourceKey(configResourceTypes.TOPIC, topicName)
    if (this.#byKey.get(key) === undefined) return
    this.#put(key, { type: configResourceTypes.TOPIC, name: topicName }, NOTHING)
  }

  #put(key: string, resource: ConfigResource, values: ReadonlyMap<string, string>): void {
    this.#changed.set(key, resource)
    if (values.size === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, { resource, values })
  }

  finish(): { image: ConfigsImage; delta: readonly ConfigResource[] } {
    const byKey = this.#byKey.finish()
    const image = byKey === this.#base.byKey ? this.#base : new ConfigsImage(byKey)
    return { image, delta: [...this.#changed.values()] }
  }
}
