/**
 * A key-value store: a Map in memory, and a log that can make it again.
 *
 * Write before apply: a change is appended, then flushed, then applied to the Map. What `get` answers has survived a power cut already.
 * Recovery: the newest snapshot, and what the log has behind it. A snapshot is taken whenever the log has grown by `snapshotBytes`; what it
 * covers is removed from the log, so that a start stays short.
 */
import { openLog } from 'highwater/log'

/**
 * @typedef {{ key: string, value: string | null }} Change null deletes the key
 * @typedef {{ io?: import('highwater/log').LogIo, snapshotBytes?: number }} StoreOptions
 */

/**
 * @param {string} path
 * @param {StoreOptions} [options]
 */
export async function openStore(path, { io, snapshotBytes = 1024 * 1024 } = {}) {
  const log = await openLog(path, {
    ...(io === undefined ? {} : { io }),
    segmentBytes: Math.max(snapshotBytes, 4096),
    snapshot: { everyBytes: snapshotBytes, take: () => store.snapshot() },
  })
  const snapshot = log.loadSnapshot()
  const store = new Store(log, snapshot)
  for await (const { value, offset } of log.iterate(snapshot?.offset)) {
    store.apply(decode(value), offset + 1)
  }
  return store
}

export class Store {
  #log
  /** @type {Map<string, string>} */
  #map
  /** All records below are in the Map. */
  #applied
  /** Appended, and not applied yet: the changes of each transaction, in the order of the log. @type {{ changes: readonly Change[], offsetEnd: number }[]} */
  #waiting = []

  /**
   * @param {import('highwater/log').Log} log
   * @param {import('highwater/log').StateAt | null} snapshot
   */
  constructor(log, snapshot) {
    this.#log = log
    this.#map = new Map(snapshot === null ? [] : JSON.parse(Buffer.from(snapshot.data).toString()))
    this.#applied = snapshot?.offset ?? log.start
  }

  /** @param {string} key */
  get(key) {
    return this.#map.get(key)
  }

  get size() {
    return this.#map.size
  }

  entries() {
    return this.#map.entries()
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  set(key, value) {
    return this.write([{ key, value }])
  }

  /** @param {string} key */
  delete(key) {
    return this.write([{ key, value: null }])
  }

  /**
   * Several changes, all or nothing: they are one record. Resolves when they survive a power cut and can be seen.
   *
   * @param {readonly Change[]} changes
   */
  async write(changes) {
    const { offsetEnd, durable } = this.#log.append(JSON.stringify(changes))
    this.#waiting.push({ changes, offsetEnd })
    await durable
    // One flush covers many: everything up to here is durable, and is applied in the order of the log.
    while (this.#waiting[0] !== undefined && this.#waiting[0].offsetEnd <= offsetEnd) {
      const { changes: next, offsetEnd: end } =
        /** @type {{ changes: readonly Change[], offsetEnd: number }} */ (this.#waiting.shift())
      this.apply(next, end)
    }
  }

  /**
   * The same for what is written now and what is replayed.
   *
   * @param {readonly Change[]} changes
   * @param {number} offsetEnd
   */
  apply(changes, offsetEnd) {
    for (const { key, value } of changes) {
      if (value === null) this.#map.delete(key)
      else this.#map.set(key, value)
    }
    this.#applied = offsetEnd
  }

  /** The state and the offset that it has reached. */
  snapshot() {
    return { offset: this.#applied, data: Buffer.from(JSON.stringify([...this.#map])) }
  }

  /** What opening found: see `recovery` of the log. */
  get recovery() {
    return this.#log.recovery
  }

  close() {
    return this.#log.close()
  }
}

/**
 * @param {Buffer | null} value
 * @returns {Change[]}
 */
function decode(value) {
  return JSON.parse(/** @type {Buffer} */ (value).toString())
}
