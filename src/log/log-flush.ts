/**
 * Making a log durable. Two depths:
 *
 * - *commit*: fdatasync of the data, for acknowledgements that wait for it. Moves the durable end. What arrives during a commit shares the next one.
 * - *settle*: a commit, and all that is derived from the data as well (indexes, epochs, a producer snapshot). Moves the recovery point, so that
 *   recovery after a crash stays short. Done in the background; nobody waits for it.
 */
import { assert } from '../base/index.ts'
import { DiskError } from '../io/index.ts'
import { LogError } from './errors.ts'
import { LEADER_EPOCHS, PARTITION_METADATA } from './names.ts'
import type { LogState } from './log-state.ts'

/** A snapshot is written when recovery would otherwise have to read more headers than are in this many bytes. */
const UNSNAPSHOTTED_BYTES_MAX = 32 * 1024 * 1024

/** What a call for a name or a file that is gone answers. */
const MISSING_CODES: ReadonlySet<string> = new Set(['NOT_FOUND', 'OTHER'])

interface Waiting {
  readonly offsetEnd: number
  readonly resolve: () => void
  readonly reject: (error: LogError) => void
}

export class LogFlush {
  /** Set by the loader, once, before anything else happens. */
  log!: LogState
  #waiting: Waiting[] = []
  #committing = false
  /** What is under way. */
  #underWay: Set<Promise<unknown>> | null = null
  /** Set while records are taken off the end: opens when that is done. */
  #gate: Promise<void> | null = null

  /** Names that are being made durable: set from the beginning of a commit that found some unsynced. */
  #names: Promise<unknown> | null = null

  /** Resolves when all below `offsetEnd` survives a power cut. */
  whenDurable(offsetEnd: number): Promise<void> {
    const { log } = this
    assert(offsetEnd <= log.logEnd, `Cannot wait for ${offsetEnd}: the log ends at ${log.logEnd}`)
    if (offsetEnd <= log.durableEnd) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ offsetEnd, resolve, reject })
      if (this.#committing) return
      this.#committing = true
      void this.#commitForWaiting()
    })
  }

  /** Settles the log: see above. Only one settling at a time. Rejects with LogError. */
  async settle(): Promise<void> {
    const { log } = this
    assert(!log.settling, `${log.name} is being settled already`)
    log.settling = true
    try {
      await this.#passGate()
      await this.#track(this.#settle())
    } finally {
      log.settling = false
    }
  }

  /**
   * Runs `work`, which takes records off the end, while nothing of the log is flushed. Then refuses those who wait for what is gone, before anybody
   * flushes again.
   */
  async exclusively(work: () => Promise<void>): Promise<void> {
    while (this.#gate !== null) await this.#gate
    const { promise, resolve: open } = Promise.withResolvers<void>()
    this.#gate = promise
    try {
      await this.#flushed()
      await work()
    } finally {
      const message = `Cannot wait for records of ${this.log.name}: they were truncated`
      this.refuseFrom(this.log.logEnd, new LogError('TRUNCATED', message))
      this.#gate = null
      open()
    }
  }

  /** Resolves when nothing of this log is being flushed, or waits to be settled. */
  async idle(): Promise<void> {
    while (this.log.settling || this.#gate !== null || this.#underWay !== null) {
      await this.#passGate()
      await this.#flushed()
      await new Promise<void>((resolve) => this.log.env.clock.soon(resolve))
    }
  }

  async #flushed(): Promise<void> {
    while (this.#underWay !== null) await Promise.allSettled(this.#underWay)
  }

  async #passGate(): Promise<void> {
    while (this.#gate !== null) await this.#gate
  }

  /** Refuses those who wait for offsets at and above `offset`. */
  refuseFrom(offset: number, error: LogError): void {
    const refused = this.#waiting.filter(({ offsetEnd }) => offsetEnd > offset)
    this.#waiting = this.#waiting.filter(({ offsetEnd }) => offsetEnd <= offset)
    for (const { reject } of refused) reject(error)
  }

  async #commitForWaiting(): Promise<void> {
    // What is ready at this moment shares the first commit as well.
    await new Promise<void>((resolve) => this.log.env.clock.soon(resolve))
    while (this.#waiting.length > 0) {
      try {
        await this.#passGate()
        await this.#track(this.#commit())
      } catch (error) {
        this.refuseFrom(-1, error as LogError)
        break
      }
      const { durableEnd } = this.log
      const done = this.#waiting.filter(({ offsetEnd }) => offsetEnd <= durableEnd)
      this.#waiting = this.#waiting.filter(({ offsetEnd }) => offsetEnd > durableEnd)
      for (const { resolve } of done) resolve()
    }
    this.#committing = false
  }

  /** False when the log was truncated meanwhile: nothing is known then of what was appended since. */
  async #commit(): Promise<boolean> {
    const { log } = this
    const { env, truncations } = log
    env.check()
    const target = log.logEnd
    const birth = log.birthUnsynced
    const entries = log.entriesUnsynced
    log.entriesUnsynced = false
    const work = this.#syncFiles(entries, birth)
    // Another commit may be at it: the bytes of this one may lie in a file whose name it is about to make durable.
    const all = Promise.all([work, this.#names])
    if (entries || birth) this.#noteNames(all)
    try {
      await all
    } catch (error) {
      log.entriesUnsynced ||= entries
      throw this.#syncFailed(error)
    }
    if (birth) log.birthUnsynced = false
    // The dir may have failed meanwhile, by another file: then nothing that this sync said may be believed.
    env.check()
    if (log.truncations !== truncations) return false
    log.durableEnd = Math.max(log.durableEnd, target)
    return true
  }

  async #syncFiles(entries: boolean, birth: boolean): Promise<void> {
    const { log } = this
    const { env } = log
    await Promise.all(log.segments.map((segment) => segment.syncLog()))
    if (birth) await syncFile(log, PARTITION_METADATA)
    if (entries || birth) await env.files.disk.syncDirectory(log.path)
    if (birth) await env.syncEntries()
  }

  #noteNames(work: Promise<unknown>): void {
    this.#names = work
    const done = (): void => {
      if (this.#names === work) this.#names = null
    }
    work.then(done, done)
  }

  async #settle(): Promise<void> {
    const { log } = this
    const { env } = log
    env.check()
    const target = log.logEnd
    const bytes = log.unsettledBytes
    try {
      this.#writeSnapshot(target)
      for (const segment of log.segments) segment.spillIndexes()
    } catch (error) {
      throw this.#closedBy(error) ?? env.failed(error)
    }
    const epochs = log.epochsUnsynced
    log.epochsUnsynced = false
    const { truncations } = log
    if (!(await this.#commit())) return
    try {
      await Promise.all(log.segments.map((segment) => segment.syncIndexes()))
      if (epochs) await syncFile(log, LEADER_EPOCHS)
      await log.snapshots.sync()
    } catch (error) {
      log.epochsUnsynced ||= epochs
      throw this.#syncFailed(error)
    }
    env.check()
    if (log.truncations !== truncations) return
    log.recoveryPoint = Math.max(log.recoveryPoint, target)
    log.unsettledBytes -= bytes
    log.dirtySinceMs = log.unsettledBytes > 0 ? env.clock.monotonicMs() : null
    env.settled()
    try {
      this.#removeOldSnapshots()
    } catch (error) {
      throw env.failed(error)
    }
  }

  #syncFailed(error: unknown): LogError {
    return this.#closedBy(error) ?? this.log.env.syncFailed(error)
  }

  /** A log that was deleted meanwhile has no directory any more: that is no failure of the disk. Null: it is something else. */
  #closedBy(error: unknown): LogError | null {
    const { name, closed } = this.log
    const isMissing = error instanceof DiskError && MISSING_CODES.has(error.code)
    return closed && isMissing ? new LogError('CLOSED', `Log ${name} is closed`, error) : null
  }

  #writeSnapshot(offset: number): void {
    const { log } = this
    if (log.unsnapshottedBytes < UNSNAPSHOTTED_BYTES_MAX) return
    log.snapshots.write(offset, log.producers)
    log.unsnapshottedBytes = 0
    log.entriesUnsynced = true
  }

  /** Between two segments' beginnings only the newest snapshot is of use. */
  #removeOldSnapshots(): void {
    const { log } = this
    const { latest } = log.snapshots
    const bases = new Set(log.segments.map(({ baseOffset }) => baseOffset))
    log.snapshots.remove((offset) => offset < latest && !bases.has(offset))
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    const underWay = (this.#underWay ??= new Set())
    underWay.add(work)
    try {
      return await work
    } finally {
      underWay.delete(work)
      if (underWay.size === 0) this.#underWay = null
    }
  }
}

async function syncFile(log: LogState, name: string): Promise<void> {
  const path = `${log.path}/${name}`
  if (!log.env.files.disk.exists(path)) return
  const file = log.env.files.disk.open(path, 'write')
  try {
    // Written anew: an earlier process may have failed to sync it, after which a sync says nothing (see recovery.ts).
    const content = Buffer.alloc(file.size())
    file.read(content, 0)
    file.write([content], 0)
    await file.sync()
  } finally {
    file.close()
  }
}
