/**
 * An in-memory cache with an append-only file, as Redis has it.
 *
 * Write before apply: every change is appended before it is applied to memory. When the caller is answered depends on the policy:
 *
 * - `always`: when the change survives a power cut. All that wait at the same time share one flush.
 * - `everysec`: at once; a flush follows each second. A power cut takes about the last second, `kill -9` nothing.
 * - `no`: at once; flushes happen when the log finds time. A power cut takes some seconds, `kill -9` nothing.
 *
 * Rewrite: when the file has grown to twice its size, the present state is appended, and what was in front of it is removed. It needs no copy
 * of the process: an entry that is appended with the value it has is no change, so replay is right wherever a crash falls.
 */
import { openLog } from 'highwater/log'

/**
 * @typedef {'always' | 'everysec' | 'no'} Fsync
 * @typedef {{ fsync?: Fsync, rewriteMinBytes?: number, io?: import('highwater/log').LogIo }} CacheOptions
 */

const FLUSH_MS = { always: 5000, everysec: 1000, no: Infinity }
const REWRITE_KEYS = 100

/**
 * @param {string} path
 * @param {CacheOptions} [options]
 */
export async function openCache(path, options = {}) {
  const { fsync = 'everysec', rewriteMinBytes = 1024 * 1024, io } = options
  const log = await openLog(path, {
    ...(io === undefined ? {} : { io }),
    flushMs: FLUSH_MS[fsync],
    segmentBytes: Math.max(Math.floor(rewriteMinBytes / 4), 4096),
  })
  /** @type {Map<string, string>} */
  const entries = new Map()
  for await (const { key, value } of log.iterate()) {
    apply(entries, String(key), value?.toString() ?? null)
  }
  return new Cache(log, entries, fsync, rewriteMinBytes)
}

export class Cache {
  #log
  #entries
  #fsync
  #rewriteMinBytes
  #rewriteAtBytes
  /** @type {Promise<void> | null} */
  #rewriting = null

  /**
   * @param {import('highwater/log').Log} log
   * @param {Map<string, string>} entries
   * @param {Fsync} fsync
   * @param {number} rewriteMinBytes
   */
  constructor(log, entries, fsync, rewriteMinBytes) {
    this.#log = log
    this.#entries = entries
    this.#fsync = fsync
    this.#rewriteMinBytes = rewriteMinBytes
    this.#rewriteAtBytes = Math.max(rewriteMinBytes, log.stats().sizeBytes)
  }

  /** @param {string} key */
  get(key) {
    return this.#entries.get(key)
  }

  entries() {
    return this.#entries.entries()
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  async set(key, value) {
    await this.#change(key, value)
  }

  /** @param {string} key */
  async del(key) {
    await this.#change(key, null)
  }

  /**
   * The effect is logged, not the command: replaying it twice changes nothing.
   *
   * @param {string} key
   */
  async incr(key) {
    const value = Number(this.#entries.get(key) ?? 0) + 1
    await this.#change(key, String(value))
    return value
  }

  /** How many records were appended, and how many of them survive a power cut by now. */
  get durability() {
    return { end: this.#log.end, durableEnd: this.#log.durableEnd }
  }

  /** Makes the file as small as the state. Happens by itself; resolves when it is done. */
  rewrite() {
    this.#rewriting ??= this.#rewrite().finally(() => {
      this.#rewriting = null
    })
    return this.#rewriting
  }

  async close() {
    await this.#rewriting?.catch(() => undefined)
    await this.#log.close()
  }

  /**
   * @param {string} key
   * @param {string | null} value
   */
  async #change(key, value) {
    const appended = this.#log.append({ key, value })
    apply(this.#entries, key, value)
    if (this.#log.stats().sizeBytes >= this.#rewriteAtBytes && this.#rewriting === null) {
      // A failure is met by the next write as well: the log has failed then.
      this.rewrite().catch(() => undefined)
    }
    if (this.#fsync === 'always') await appended.durable
  }

  async #rewrite() {
    const begin = this.#log.end
    // Keys that come later are in the log behind `begin` already.
    const keys = [...this.#entries.keys()]
    for (let i = 0; i < keys.length; i += REWRITE_KEYS) {
      const present = keys
        .slice(i, i + REWRITE_KEYS)
        .filter((key) => this.#entries.has(key))
        .map((key) => ({ key, value: this.#entries.get(key) ?? null }))
      // Durable from time to time, so that writers are not kept waiting for one long flush.
      if (present.length > 0) await this.#log.appendAll(present).durable
    }
    await this.#log.flush()
    await this.#log.truncateBefore(begin)
    this.#rewriteAtBytes = Math.max(this.#rewriteMinBytes, this.#log.stats().sizeBytes * 2)
  }
}

/**
 * @param {Map<string, string>} entries
 * @param {string} key
 * @param {string | null} value
 */
function apply(entries, key, value) {
  if (value === null) entries.delete(key)
  else entries.set(key, value)
}
