export { syncAncestors } from './ancestors.ts'
export type { AppendOptions } from './append.ts'
export { LOG_CONFIG_DEFAULTS } from './config.ts'
export type { LogConfig } from './config.ts'
export { LogError } from './errors.ts'
export type { LogErrorCode } from './errors.ts'
export { LogManager } from './log-manager.ts'
export type { LogDeps, LogDirStatus, LogManagerOptions } from './log-manager.ts'
export { readMetaProperties, writeMetaProperties } from './meta-properties.ts'
export type { MetaProperties } from './meta-properties.ts'
export { PartitionLog } from './partition-log.ts'
export type {
  AbortedTransaction,
  ActiveProducer,
  Appended,
  AppendRefusal,
  AppendResult,
  CutTail,
  DuplicateAppend,
  EpochEnd,
  FollowerAppendResult,
  ReadBatches,
  ReadCorrupt,
  ReadOptions,
  ReadOutOfRange,
  ReadResult,
  RecoveryOutcome,
  RefusedAppend,
  TimestampedOffset,
} from './results.ts'
