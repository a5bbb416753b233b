import { AssertionError } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import type { Clock, Disk, Entropy, Telemetry } from '../io/index.ts'
import type { LogConfig } from './config.ts'
import type { LogError } from './errors.ts'
import type { PartitionLog } from './partition-log.ts'

const unfinished = (): never => {
  throw new AssertionError('being written')
}

export interface LogDeps {
  readonly disk: Disk
  readonly clock: Clock
  readonly entropy: Entropy
  readonly telemetry: Telemetry
}

export interface LogManagerOptions {
  /** `log.dirs`, absolute. */
  readonly dirs: readonly string[]
  readonly clusterId: string
  readonly nodeId: number
  /** Writes a missing `meta.properties` instead of refusing NOT_FORMATTED. */
  readonly format: boolean
  /** Config of a partition found on disk; called at its load, so that 10,000 of them cost nothing at start. */
  readonly configOf: (topic: string) => LogConfig
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckIntervalMs?: number
  /** `producer.id.expiration.ms` */
  readonly producerExpirationMs?: number
  /** Files held open at once, at most. Default 500. */
  readonly openFilesMax?: number
  /** Called once per dir that failed for good, with every partition in it unusable from then on. */
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
  /** Locks and checks the dirs, lists their partitions. Throws LogError LOCKED, NOT_FORMATTED, WRONG_IDENTITY, UNREADABLE; FAILED when no dir is left. */
  static open(_deps: LogDeps, _options: LogManagerOptions): Promise<LogManager> {
    return unfinished()
  }

  get dirs(): readonly LogDirStatus[] {
    return unfinished()
  }
  /** Null when this node has no such log, or its dir is offline. */
  get(_topic: string, _partition: number): PartitionLog | null {
    return unfinished()
  }
  list(): Iterable<PartitionLog> {
    return unfinished()
  }
  /** Creates the partition in the dir with the fewest. Throws LogError EXISTS, NO_SPACE, FAILED. */
  create(_topic: string, _partition: number, _topicId: Uuid, _config: LogConfig): PartitionLog {
    return unfinished()
  }
  /** Renames the directory away at once and removes it later. Missing is not an error. */
  delete(_topic: string, _partition: number): void {
    unfinished()
  }
  /** A log outside checkpoints and retention, verified in full at load: `__cluster_metadata-0`. Created if missing. */
  openUnlisted(
    _dir: string,
    _topic: string,
    _partition: number,
    _topicId: Uuid,
    _config: LogConfig,
  ): PartitionLog {
    return unfinished()
  }
  /** `.kafka_cleanshutdown`'s broker epoch at the last stop, per directory id; null after an unclean one. */
  get previousBrokerEpoch(): number | null {
    return unfinished()
  }
  /** Flushes and closes everything, writes the checkpoints and the clean-shutdown markers. */
  close(_options?: { readonly brokerEpoch?: number }): Promise<void> {
    return unfinished()
  }
}
