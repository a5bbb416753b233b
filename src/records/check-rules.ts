/** What the gateway for produced batches is told, and what it answers. */
import type { Codec } from './compression/codec.ts'
import type { BatchHeader } from './header.ts'

/** Kafka's `message.timestamp.type`. */
export type TimestampType = 'CreateTime' | 'LogAppendTime'
/** Kafka's `compression.type`. */
export type CompressionType = 'producer' | Codec

/** The topic's configuration and the moment, as far as a produced batch is held against them. */
export interface ProduceRules {
  /** `max.message.bytes`: of the whole batch, compressed, with its 12-byte prefix. */
  readonly maxMessageBytes: number
  /** `segment.bytes`: a batch must fit one segment. */
  readonly segmentBytes: number
  /** `message.timestamp.type`. */
  readonly timestampType: TimestampType
  /** `message.timestamp.before.max.ms`; INT64_MAX: no limit. */
  readonly timestampBeforeMaxMs: number
  /** `message.timestamp.after.max.ms`; INT64_MAX: no limit. */
  readonly timestampAfterMaxMs: number
  /** True where `cleanup.policy` has `compact`: every record needs a key. */
  readonly compacted: boolean
  /** `compression.type`. */
  readonly compressionType: CompressionType
  /** `compression.gzip.level` or `compression.zstd.level`, whichever belongs to `compressionType`. Default: the codec's own. */
  readonly compressionLevel?: number
  /** The broker's wall clock. */
  readonly nowMs: number
  /** False for Produce below version 7, whose clients cannot read zstd (KIP-110). */
  readonly zstdAllowed: boolean
}

/** One record that was refused, by its index in the batch: `record_errors` of Produce version 8 and later. */
export interface RecordError {
  readonly index: number
  readonly message: string
}

/**
 * Why a produced batch was refused, and the error it is answered with:
 * `corrupt` CORRUPT_MESSAGE, `invalidRecord` INVALID_RECORD, `invalidTimestamp` INVALID_TIMESTAMP,
 * `messageTooLarge` MESSAGE_TOO_LARGE, `recordListTooLarge` RECORD_LIST_TOO_LARGE,
 * `unsupportedCompression` UNSUPPORTED_COMPRESSION_TYPE, `unsupportedFormat` INVALID_RECORD as well
 * (a batch of format 0 or 1; Produce 3 and later carries format 2 only).
 */
export interface Refusal {
  readonly kind:
    | 'corrupt'
    | 'invalidRecord'
    | 'invalidTimestamp'
    | 'messageTooLarge'
    | 'recordListTooLarge'
    | 'unsupportedCompression'
    | 'unsupportedFormat'
  readonly message: string
  /** Empty where the batch as a whole is at fault; at most the first hundred. */
  readonly recordErrors: readonly RecordError[]
}

/** A batch that may be appended as it is, after `stampBatch`. */
export interface CheckedBatch {
  /** Exactly the batch: a view on the request, corrected in place where needed, or a rebuilt one. */
  readonly buffer: Buffer
  readonly header: BatchHeader
}

export type Checked =
  | { readonly ok: true; readonly batch: CheckedBatch; readonly decompressedBytes: number }
  | { readonly ok: false; readonly refusal: Refusal; readonly decompressedBytes: number }
