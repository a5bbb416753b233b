export { buildBatch } from './build.ts'
export type { BatchOptions, RecordDraft, RecordHeader } from './build.ts'
export { checkProduced } from './check.ts'
export type {
  Checked,
  CheckedBatch,
  CompressionType,
  ProduceRules,
  RecordError,
  Refusal,
  TimestampType,
} from './check-rules.ts'
export type { Codec } from './compression/codec.ts'
export { compress, decompress } from './compression/compress.ts'
export {
  ABORT,
  buildControlBatch,
  buildEndTransactionMarker,
  COMMIT,
  coordinatorEpochOf,
  readControlRecord,
} from './control.ts'
export type {
  ControlBatchOptions,
  ControlDraft,
  ControlRecord,
  EndTransactionMarker,
} from './control.ts'
export { RecordsError } from './error.ts'
export type { RecordsErrorCode } from './error.ts'
export {
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  codecOf,
  deleteHorizonOf,
  isControl,
  isLogAppendTime,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  offsetEndOf,
  readBatchHeader,
} from './header.ts'
export type { BatchHeader } from './header.ts'
export { verifyBatch, wholeBatches } from './iterate.ts'
export type { BatchProblem } from './iterate.ts'
export { findRecord, readRecords } from './read.ts'
export type { RecordView } from './read.ts'
export { stampBatch } from './stamp.ts'
