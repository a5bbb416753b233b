import type { RecordValue } from '../records/record.ts'
import { PersistentMap } from './persistent-map.ts'

/** Whom a quota counts for: `user`, `client-id` or `ip` with a name, or null for the default of that type. */
export type ClientQuotaEntity = ReadonlyArray<{
  readonly entityType: string
  readonly entityName: string | null
}>

export interface ClientQuota {
  readonly entity: ClientQuotaEntity
  /** Value by key, e.g. `producer_byte_rate`. Never empty. */
  readonly values: ReadonlyMap<string, number>
}

export class ClientQuotasImage implements Iterable<ClientQuota> {
  static readonly empty = new ClientQuotasImage(PersistentMap.empty())

  /** For {@link ClientQuotasEditor}. */
  readonly byKey: PersistentMap<string, ClientQuota>

  constructor(byKey: PersistentMap<string, ClientQuota>) {
    this.byKey = byKey
  }

  of(entity: ClientQuotaEntity): ClientQuota | undefined {
    return this.byKey.get(entityKey(entity))
  }

  [Symbol.iterator](): Generator<ClientQuota> {
    return this.byKey.values()
  }
}

/** The same for two lists of the same parts, whatever their order. */
function entityKey(entity: ClientQuotaEntity): string {
  return JSON.stringify(
    entity
      .map(({ entityType, entityName }) => [entityType, entityName] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
}

export class ClientQuotasEditor {
  readonly #base: ClientQuotasImage
  readonly #byKey

  constructor(base: ClientQuotasImage) {
    this.#base = base
    this.#byKey = base.byKey.edit()
  }

  apply({ entity, key, value, remove }: RecordValue<'clientQuota'>): void {
    const mapKey = entityKey(entity)
    const before = this.#byKey.get(mapKey)
    const values = new Map(before?.values)
    if (remove) values.delete(key)
    else values.set(key, value)
    if (values.size === 0) this.#byKey.delete(mapKey)
    else this.#byKey.set(mapKey, { entity: before?.entity ?? entity, values })
  }

  finish(): ClientQuotasImage {
    const byKey = this.#byKey.finish()
    return byKey === this.#base.byKey ? this.#base : new ClientQuotasImage(byKey)
  }
}
