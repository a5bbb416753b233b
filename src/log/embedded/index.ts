/** `highwater/log`: a write-ahead log for a program of its own. docs/embedded-wal.md is the way in. */
export type { Clock, Disk, DiskFile, Entropy } from '../../io/index.ts'
export { LogError } from '../errors.ts'
export type { LogErrorCode } from '../errors.ts'
export type { CutTail } from '../results.ts'
export type { Bytes, RecordInput, RecordParts } from './encoding.ts'
export type {
  Appended,
  IterateOptions,
  Log,
  LogStats,
  ReadOptions,
  Recovery,
  TailOptions,
} from './contracts.ts'
export { machineIo, openLog } from './open-log.ts'
export type { LogEvent, LogIo, OpenLogOptions, SnapshotHook, StateAt } from './options.ts'
export type { DamagedRange, LogRecord } from './reading.ts'
