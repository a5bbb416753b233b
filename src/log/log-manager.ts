/** All logs of a node, over its log dirs. */
import type { Uuid } from '../base/index.ts'
import { DiskError } from '../io/index.ts'
import type { Clock, Disk, Entropy, Telemetry } from '../io/index.ts'
import type { LogConfig } from './config.ts'
import { LogError } from './errors.ts'
import { FileCache } from './file-cache.ts'
import { Housekeeping } from './housekeeping.ts'
import { LogDir } from './log-dir.ts'
import type { CheckpointKind } from './log-dir.ts'
import {
  deletedDirName,
  isDeletedDirName,
  parsePartitionDirName,
  partitionDirName,
} from './names.ts'
import { PartitionLog } from './partition-log.ts'
import { writePartitionMetadata } from './partition-metadata.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export interface LogDeps {
  readonly disk: Disk
  readonly clock: Clock
  readonly entropy: Entropy
  readonly telemetry: Telemetry
}

export interface LogManagerOptions {
  /** `log.dirs`. */
  readonly dirs: readonly string[]
  readonly clusterId: string
  readonly nodeId: number
  /** Write a missing `meta.properties` instead of refusing NOT_FORMATTED. */
  readonly format: boolean
  /** Configuration of a partition that was found on disk. Asked when it is loaded, so that ten thousand cost nothing at the start. */
  readonly configOf: (topic: string) => LogConfig
  /** `log.retention.check.interval.ms`; default five minutes. */
  readonly retentionCheckIntervalMs?: number
  /** `replica.high.watermark.checkpoint.interval.ms`; default five seconds. */
  readonly highWatermarkIntervalMs?: number
  /** `producer.id.expiration.ms`; default one day. */
  readonly producerExpirationMs?: number
  /** Files held open at once. Default 500. */
  readonly openFilesMax?: number
  /** Partition directories that are somebody else's: neither listed nor touched. Default `__cluster_metadata-0`. */
  readonly unlisted?: readonly string[]
  /** Called once for a dir that failed for good. Its logs are gone from {@link LogManager.list} and throw FAILED. */
  readonly onDirFailure?: (dir: LogDirStatus, error: LogError) => void
}

export interface LogDirStatus {
  readonly path: string
  /** `directory.id`; null when `meta.properties` could not be read. */
  readonly directoryId: Uuid | null
  /** The first failure, after which the dir is offline; null while it works. */
  readonly failure: LogError | null
}

export class LogManager {
  readonly #deps: LogDeps
  readonly #options: LogManagerOptions
  readonly #files: FileCache
  readonly #dirs: LogDir[] = []
  /** By name of the partition's directory. */
  readonly #logs = new Map<string, PartitionLog>()
  readonly #unlisted = new Map<string, PartitionLog>()
  /** What dirs held that have failed since. */
  readonly #offline = new Set<string>()
  /** Of a dir that has failed nobody could see what it holds. */
  #hasUnseenDir = false
  /** Where partitions were deleted, until that survives a power cut: what is made anew must not stand in one dir, its forerunner in another. */
  readonly #graves = new Map<string, LogDir>()
  readonly #housekeeping: Housekeeping
  #closed = false

  private constructor(deps: LogDeps, options: LogManagerOptions) {
    this.#deps = deps
    this.#options = options
    this.#files = new FileCache(deps.disk, options.openFilesMax ?? 500)
    this.#housekeeping = new Housekeeping(deps, {
      logs: () => this.#logs.values(),
      retentionCheckIntervalMs: options.retentionCheckIntervalMs ?? 5 * 60 * 1000,
      producerExpirationMs: options.producerExpirationMs ?? DAY_MS,
    })
  }

  /**
   * Locks and checks the dirs and lists their partitions; loads none. Throws LogError LOCKED, NOT_FORMATTED, WRONG_IDENTITY, UNREADABLE
   * (`meta.properties`, or one partition in two dirs); FAILED when no dir is left.
   */
  static async open(deps: LogDeps, options: LogManagerOptions): Promise<LogManager> {
    const manager = new LogManager(deps, options)
    try {
      for (const path of options.dirs) await manager.#openDir(path)
      const failure = manager.#dirs[0]?.failure ?? null
      if (failure !== null && manager.#dirs.every((dir) => dir.failure !== null)) throw failure
    } catch (error) {
      for (const dir of manager.#dirs)
        await dir.close(dir.findings.clean, dir.findings.brokerEpoch ?? -1)
      throw error
    }
    manager.#housekeeping.start(manager.#dirs.some((dir) => !dir.findings.clean))
    return manager
  }

  get dirs(): readonly LogDirStatus[] {
    return this.#dirs
  }

  /** Open files, at most `openFilesMax`. */
  get openFileCount(): number {
    return this.#files.openCount
  }

  /** The broker epoch that every dir's clean stop names; null when one of them was not stopped cleanly. */
  get previousBrokerEpoch(): number | null {
    const epochs = new Set(this.#dirs.map((dir) => dir.findings.brokerEpoch))
    const [epoch] = epochs
    return epochs.size === 1 ? (epoch ?? null) : null
  }

  /** Null when this node has no such log, or its dir is offline. */
  get(topic: string, partition: number): PartitionLog | null {
    return this.#logs.get(partitionDirName(topic, partition)) ?? null
  }

  list(): Iterable<PartitionLog> {
    return this.#logs.values()
  }

  /**
   * Makes a partition in the dir that has the fewest. Nothing is synced before its first flush. Throws LogError EXISTS, NO_SPACE, FAILED: also
   * when a dir that has failed holds the partition, or may hold it. Beginning it anew elsewhere would give its offsets to other records.
   */
  create(topic: string, partition: number, topicId: Uuid, config: LogConfig): PartitionLog {
    const name = partitionDirName(topic, partition)
    if (this.#logs.has(name)) {
      throw new LogError('EXISTS', `Cannot create ${name}: the node has a log of this name`)
    }
    if (this.#offline.has(name) || this.#hasUnseenDir) {
      throw new LogError('FAILED', `Cannot create ${name}: it may be in a log dir that has failed`)
    }
    const grave = this.#graves.get(name)
    const dir = grave?.failure === null ? grave : this.#emptiestDir()
    try {
      dir.makeRoomFor(name)
    } catch (error) {
      throw dir.failed(error)
    }
    const log = this.#make(dir, topic, partition, topicId, true)
    log.configure(config)
    this.#logs.set(name, log)
    return log
  }

  /** Renames the directory away at once and removes it after `file.delete.delay.ms`. Missing is not an error. Throws LogError. */
  delete(topic: string, partition: number): void {
    const name = partitionDirName(topic, partition)
    const log = this.#logs.get(name)
    const dir = this.#dirs.find(({ path }) => path === log?.logDir)
    if (log === undefined || dir === undefined) return
    const { fileDeleteDelayMs } = log.config
    this.#logs.delete(name)
    log.abandon()
    dir.forget(name)
    const id = this.#deps.entropy.randomBytes(16).toString('hex')
    const doomed = `${dir.path}/${deletedDirName(topic, partition, id)}`
    try {
      this.#deps.disk.rename(`${dir.path}/${name}`, doomed)
    } catch (error) {
      // What is still there must not get a namesake in another dir.
      this.#offline.add(name)
      throw dir.failed(error)
    }
    dir.trash.add('directory', [doomed], fileDeleteDelayMs)
    this.#bury(name, dir)
  }

  #bury(name: string, dir: LogDir): void {
    this.#graves.set(name, dir)
    const forget = (): void => {
      if (this.#graves.get(name) === dir) this.#graves.delete(name)
    }
    dir.syncEntries().then(forget, (error: unknown) => void dir.syncFailed(error))
  }

  /**
   * A log outside checkpoints and retention, verified in full when it is loaded: `__cluster_metadata-0`. Made if it is missing; the same one for
   * everybody who asks. `dir` is one of the log dirs. Throws LogError NOT_FOUND for another, NO_SPACE, FAILED.
   */
  openUnlisted(
    dir: string,
    topic: string,
    partition: number,
    topicId: Uuid,
    config: LogConfig,
  ): PartitionLog {
    const name = partitionDirName(topic, partition)
    const open = this.#unlisted.get(name)
    if (open !== undefined) return open
    const logDir = this.#dirs.find(({ path }) => path === dir)
    if (logDir === undefined) {
      throw new LogError('NOT_FOUND', `Cannot open ${name}: ${dir} is not one of the log dirs`)
    }
    logDir.check()
    const isThere = this.#deps.disk.exists(`${dir}/${name}`)
    const log = isThere
      ? this.#adopt(logDir, topic, partition, false)
      : this.#make(logDir, topic, partition, topicId, false)
    // Formatting makes the directory, for its snapshot, before there is a log.
    if (log.topicId === null) writePartitionMetadata(this.#deps.disk, log.dir, topicId)
    log.configure(config)
    this.#unlisted.set(name, log)
    return log
  }

  /** Flushes and closes everything, then writes the checkpoints and the marks of a clean stop. A failed dir is left as it is. */
  async close(options: { readonly brokerEpoch?: number } = {}): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#housekeeping.stop()
    for (const dir of this.#dirs) await dir.quiesce()
    const unclean = new Set<string>()
    const logs = [...this.#logs.values(), ...this.#unlisted.values()]
    await inParallel(logs, CLOSING_AT_ONCE, async (log) => {
      try {
        await log.close()
      } catch {
        unclean.add(log.logDir)
      }
    })
    for (const dir of this.#dirs) {
      const recovered = logs.every((log) => log.recovered || log.logDir !== dir.path)
      await dir.close(recovered && !unclean.has(dir.path), options.brokerEpoch ?? -1)
    }
  }

  async #openDir(path: string): Promise<void> {
    const { disk, clock, entropy, telemetry } = this.#deps
    const { clusterId, nodeId, format, highWatermarkIntervalMs = 5_000 } = this.#options
    const dir = new LogDir(
      {
        disk,
        clock,
        entropy,
        telemetry,
        files: this.#files,
        clusterId,
        nodeId,
        format,
        highWatermarkIntervalMs,
        checkpointLines: (dir, kind) => this.#checkpointLines(dir, kind),
        onFailure: (dir, error) => this.#onFailure(dir, error),
      },
      path,
    )
    await dir.open()
    this.#dirs.push(dir)
    if (dir.failure !== null) {
      this.#noteOffline(dir)
      return
    }
    const hasGraves = this.#adoptAll(dir)
    try {
      if (hasGraves) await dir.syncEntries()
    } catch (error) {
      dir.syncFailed(error)
    }
  }

  /** What a dir holds that has failed already, if at least that can be read. */
  #noteOffline(dir: LogDir): void {
    try {
      for (const { name } of this.#deps.disk.list(dir.path)) this.#offline.add(name)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#hasUnseenDir = true
    }
  }

  /** True when partitions were deleted that may come back with a power cut. */
  #adoptAll(dir: LogDir): boolean {
    let hasGraves = false
    const unlisted = new Set(this.#options.unlisted ?? ['__cluster_metadata-0'])
    for (const { name, kind } of this.#deps.disk.list(dir.path)) {
      if (kind !== 'directory' || unlisted.has(name)) continue
      if (isDeletedDirName(name)) {
        hasGraves = true
        dir.trash.add('directory', [`${dir.path}/${name}`], 0)
        continue
      }
      const parsed = parsePartitionDirName(name)
      if (parsed === null) continue
      const other = this.#logs.get(name)
      if (other !== undefined) {
        throw new LogError(
          'UNREADABLE',
          `Cannot use log dir ${dir.path}: it has a copy of ${name}, as has ${other.logDir}. Remove the one that is out of date`,
        )
      }
      this.#logs.set(name, this.#adopt(dir, parsed.topic, parsed.partition, true))
    }
    return hasGraves
  }

  #adopt(dir: LogDir, topic: string, partition: number, listed: boolean): PartitionLog {
    return this.#stub(dir, topic, partition, null, listed)
  }

  #make(
    dir: LogDir,
    topic: string,
    partition: number,
    topicId: Uuid,
    listed: boolean,
  ): PartitionLog {
    const { disk } = this.#deps
    const path = `${dir.path}/${partitionDirName(topic, partition)}`
    try {
      disk.makeDirectory(path)
      writePartitionMetadata(disk, path, topicId)
    } catch (error) {
      const failure = dir.failed(error)
      this.#unmake(dir, partitionDirName(topic, partition))
      throw failure
    }
    return this.#stub(dir, topic, partition, topicId, listed)
  }

  /** A partition that found no room must not be found again, beside one that did in another dir. */
  #unmake(dir: LogDir, name: string): void {
    try {
      if (dir.failure === null) this.#deps.disk.removeTree(`${dir.path}/${name}`)
    } catch (error) {
      dir.failed(error)
    }
    if (dir.failure === null) this.#bury(name, dir)
    else this.#offline.add(name)
  }

  #stub(
    dir: LogDir,
    topic: string,
    partition: number,
    createdWith: Uuid | null,
    listed: boolean,
  ): PartitionLog {
    const { configOf, producerExpirationMs = DAY_MS } = this.#options
    return new PartitionLog({
      dir,
      topic,
      partition,
      configOf,
      producerExpirationMs,
      createdWith,
      listed,
    })
  }

  #emptiestDir(): LogDir {
    const usable = this.#dirs.filter((dir) => dir.failure === null)
    const first = usable[0]
    if (first === undefined)
      throw new LogError('FAILED', 'Cannot create a partition: every log dir has failed')
    if (usable.length === 1) return first
    const counts = new Map(usable.map((dir) => [dir.path, 0]))
    for (const { logDir } of this.#logs.values()) counts.set(logDir, (counts.get(logDir) ?? 0) + 1)
    return usable.reduce((best, dir) =>
      (counts.get(dir.path) ?? 0) < (counts.get(best.path) ?? 0) ? dir : best,
    )
  }

  #checkpointLines(dir: LogDir, kind: CheckpointKind): string[] {
    const { findings } = dir
    const before = {
      recoveryPoint: findings.recoveryPoints,
      logStart: findings.logStarts,
      highWatermark: findings.highWatermarks,
    }[kind]
    const lines: string[] = []
    for (const [name, log] of this.#logs) {
      if (log.logDir !== dir.path) continue
      const known = log.checkpointed()
      // Of a log that nobody has loaded the checkpoint says what it said.
      const offset = known === null ? (before.get(name) ?? null) : known[kind]
      if (offset !== null) lines.push(`${log.topic} ${log.partition} ${offset}`)
    }
    return lines
  }

  #onFailure(dir: LogDir, error: LogError): void {
    for (const [name, log] of this.#logs) {
      if (log.logDir !== dir.path) continue
      this.#logs.delete(name)
      this.#offline.add(name)
      log.refuse(error)
    }
    for (const log of this.#unlisted.values()) if (log.logDir === dir.path) log.refuse(error)
    this.#options.onDirFailure?.(dir, error)
  }
}

const CLOSING_AT_ONCE = 8

async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
