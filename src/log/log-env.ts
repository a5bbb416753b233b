import type { Clock, Entropy, Telemetry } from '../io/index.ts'
import type { LogError } from './errors.ts'
import type { FileCache } from './file-cache.ts'
import type { LogState } from './log-state.ts'

/** What a log needs of the log dir it lies in. */
export interface LogEnv {
  readonly path: string
  readonly files: FileCache
  readonly clock: Clock
  readonly entropy: Entropy
  readonly telemetry: Telemetry
  /** Throws the LogError with which the dir failed, if it did. */
  check(): void
  /** Turns a failure of the disk into the LogError to throw. All but a full disk and a lack of descriptors fail the dir for good. */
  failed(error: unknown): LogError
  /** The same of a failed sync, which has lost data whatever its reason was: the dir fails, unless the file could not even be opened. */
  syncFailed(error: unknown): LogError
  /** The log has something to flush, for the first time since its last settling or beyond its limit. */
  wantsSettling(log: LogState): void
  /** A log has moved its recovery point. */
  settled(): void
  /** Offsets that are kept in a checkpoint have changed. */
  highWatermarkMoved(): void
  logStartMoved(): Promise<void>
  /** Lowers the checkpointed recovery point, durably. */
  recoveryPointLowered(): Promise<void>
  /** fsync of the log dir itself: the names of its partitions. Shared by those who ask at the same time. */
  syncEntries(): Promise<void>
  /** Removes files that were renamed out of the way. */
  removeLater(paths: readonly string[], delayMs: number): void
}
