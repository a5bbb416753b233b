/**
 * An immutable map whose versions share what they have in common.
 *
 * Entries lie in shards chosen by the hash of the key; a shard is an ordinary `Map` that is never
 * changed once a map holds it. Editing copies the list of shards once and each touched shard once,
 * however many entries change: one change among 10,000 entries copies about 20 of them, and a batch of
 * 10,000 changes copies each at most once. Lookups cost a hash and a `Map.get`.
 *
 * Iteration follows the shards, not the order of insertion.
 */
export class PersistentMap<K extends string | number, V> implements Iterable<[K, V]> {
  readonly size: number
  readonly #shards: ReadonlyArray<ReadonlyMap<K, V>>

  private constructor(shards: ReadonlyArray<ReadonlyMap<K, V>>, size: number) {
    this.#shards = shards
    this.size = size
  }

  static empty<K extends string | number, V>(): PersistentMap<K, V> {
    return new PersistentMap<K, V>([new Map()], 0)
  }

  get(key: K): V | undefined {
    return (this.#shards[shardOf(key, this.#shards.length)] as ReadonlyMap<K, V>).get(key)
  }

  has(key: K): boolean {
    return (this.#shards[shardOf(key, this.#shards.length)] as ReadonlyMap<K, V>).has(key)
  }

  *[Symbol.iterator](): Generator<[K, V]> {
    for (const shard of this.#shards) yield* shard
  }

  *keys(): Generator<K> {
    for (const shard of this.#shards) yield* shard.keys()
  }

  *values(): Generator<V> {
    for (const shard of this.#shards) yield* shard.values()
  }

  /** A mutable copy; this map stays as it is. */
  edit(): PersistentMapEditor<K, V> {
    return new PersistentMapEditor(this, this.#shards, (shards, size) => {
      return new PersistentMap(shards, size)
    })
  }
}

/** Entries per shard, on average, at which the number of shards grows. */
const SHARD_SIZE_MAX = 32
const SHARD_GROWTH = 4

/** Changes to a {@link PersistentMap}, seen by nobody until {@link finish}. */
export class PersistentMapEditor<K extends string | number, V> {
  readonly #base: PersistentMap<K, V>
  readonly #make: (shards: ReadonlyArray<ReadonlyMap<K, V>>, size: number) => PersistentMap<K, V>
  #shards: Array<ReadonlyMap<K, V>>
  /** The shards that this editor made and may write to. */
  #own = new Set<ReadonlyMap<K, V>>()
  #size: number
  #changed = false

  constructor(
    base: PersistentMap<K, V>,
    shards: ReadonlyArray<ReadonlyMap<K, V>>,
    make: (shards: ReadonlyArray<ReadonlyMap<K, V>>, size: number) => PersistentMap<K, V>,
  ) {
    this.#base = base
    this.#make = make
    this.#shards = shards as Array<ReadonlyMap<K, V>>
    this.#size = base.size
  }

  get(key: K): V | undefined {
    return (this.#shards[shardOf(key, this.#shards.length)] as ReadonlyMap<K, V>).get(key)
  }

  set(key: K, value: V): void {
    const shard = this.#writable(key)
    const sizeBefore = shard.size
    shard.set(key, value)
    this.#size += shard.size - sizeBefore
    if (this.#size > this.#shards.length * SHARD_SIZE_MAX) this.#grow()
  }

  delete(key: K): void {
    if (this.get(key) === undefined) return
    this.#writable(key).delete(key)
    this.#size -= 1
  }

  /** The changed map, or the one it began with if nothing was changed. The editor is done afterwards. */
  finish(): PersistentMap<K, V> {
    return this.#changed ? this.#make(this.#shards, this.#size) : this.#base
  }

  #writable(key: K): Map<K, V> {
    if (!this.#changed) {
      this.#changed = true
      this.#shards = [...this.#shards]
    }
    const index = shardOf(key, this.#shards.length)
    const shard = this.#shards[index] as ReadonlyMap<K, V>
    if (this.#own.has(shard)) return shard as Map<K, V>
    const copy = new Map(shard)
    this.#shards[index] = copy
    this.#own.add(copy)
    return copy
  }

  #grow(): void {
    const shards = Array.from({ length: this.#shards.length * SHARD_GROWTH }, () => new Map<K, V>())
    for (const shard of this.#shards) {
      for (const [key, value] of shard) shards[shardOf(key, shards.length)]?.set(key, value)
    }
    this.#shards = shards
    this.#own = new Set(shards)
  }
}

/** The shard of a key among `count`, a power of two. */
function shardOf(key: string | number, count: number): number {
  if (count === 1) return 0
  return (typeof key === 'number' ? key : hashOf(key)) & (count - 1)
}

/** FNV-1a over the UTF-16 units, with the high bits folded into the low ones that choose the shard. */
function hashOf(key: string): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x0100_0193)
  }
  return hash ^ (hash >>> 15)
}
