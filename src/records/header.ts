/**
 * The 61 bytes in front of every record batch of format 2
 * (org.apache.kafka.common.record.DefaultRecordBatch), and what follows from them alone.
 */
import { INT32_MAX, readInt64 } from '../base/index.ts'
import type { Codec } from './compression/codec.ts'
import { codecOfId } from './compression/codec.ts'

/** `baseOffset` and `batchLength`: enough to step from one batch to the next. */
export const BATCH_PREFIX_SIZE = 12
/** The whole header; a batch is never smaller. */
export const BATCH_HEADER_SIZE = 61
/** The only batch format Highwater stores and serves. */
export const MAGIC = 2

/** Byte positions of header fields, counted from the start of the batch. */
export const AT = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const

/** Bits of `attributes`; the lowest three hold the codec. */
export const CODEC_MASK = 0x07
export const LOG_APPEND_TIME_BIT = 0x08
export const TRANSACTIONAL_BIT = 0x10
export const CONTROL_BIT = 0x20
export const DELETE_HORIZON_BIT = 0x40
/** All bits that mean something. */
export const KNOWN_BITS = 0x7f

/** A batch header in numbers. Offsets and times are int64 held as `number` (base/int64.ts). */
export interface BatchHeader {
  /** Byte in the buffer (or file) where the batch begins. */
  readonly position: number
  readonly baseOffset: number
  /** Of the whole batch, with its 12-byte prefix. */
  readonly sizeBytes: number
  readonly leaderEpoch: number
  readonly magic: number
  /** CRC-32C over the bytes from `attributes` to the end of the batch. */
  readonly crc: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  /** Milliseconds; the delete horizon instead where {@link deleteHorizonOf} is not null. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1: not an idempotent producer; epoch and sequence then mean nothing. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  /** May be smaller than the span of offsets after compaction. */
  readonly recordCount: number
}

/**
 * Reads the header that begins at `position`. The caller guarantees {@link BATCH_HEADER_SIZE} bytes
 * there; nothing in them is checked.
 */
export function readBatchHeader(buffer: Buffer, position: number): BatchHeader {
  return {
    position,
    baseOffset: readInt64(buffer, position + AT.baseOffset),
    sizeBytes: buffer.readInt32BE(position + AT.batchLength) + BATCH_PREFIX_SIZE,
    leaderEpoch: buffer.readInt32BE(position + AT.leaderEpoch),
    magic: buffer.readInt8(position + AT.magic),
    crc: buffer.readUInt32BE(position + AT.crc),
    attributes: buffer.readInt16BE(position + AT.attributes),
    lastOffsetDelta: buffer.readInt32BE(position + AT.lastOffsetDelta),
    baseTimestamp: readInt64(buffer, position + AT.baseTimestamp),
    maxTimestamp: readInt64(buffer, position + AT.maxTimestamp),
    producerId: readInt64(buffer, position + AT.producerId),
    producerEpoch: buffer.readInt16BE(position + AT.producerEpoch),
    baseSequence: buffer.readInt32BE(position + AT.baseSequence),
    recordCount: buffer.readInt32BE(position + AT.recordCount),
  }
}

/** Offset of the last record that the batch had when it was written (inclusive). */
export function lastOffsetOf(header: BatchHeader): number {
  return header.baseOffset + header.lastOffsetDelta
}

/** Offset after the batch (exclusive). */
export function offsetEndOf(header: BatchHeader): number {
  return header.baseOffset + header.lastOffsetDelta + 1
}

/** Sequence number of the last record: wraps from 2^31-1 to 0; -1 without a producer. */
export function lastSequenceOf(header: BatchHeader): number {
  if (header.baseSequence < 0) return header.baseSequence
  const last = header.baseSequence + header.lastOffsetDelta
  return last > INT32_MAX ? last - INT32_MAX - 1 : last
}

/** How the records are compressed; null for the three ids that name no codec. */
export function codecOf(header: BatchHeader): Codec | null {
  return codecOfId(header.attributes & CODEC_MASK)
}

export function isTransactional(header: BatchHeader): boolean {
  return (header.attributes & TRANSACTIONAL_BIT) !== 0
}

/** A marker or a Raft control record: it takes an offset, and no application ever sees it. */
export function isControl(header: BatchHeader): boolean {
  return (header.attributes & CONTROL_BIT) !== 0
}

/** True where every record's time is `maxTimestamp`, the broker's clock at the append. */
export function isLogAppendTime(header: BatchHeader): boolean {
  return (header.attributes & LOG_APPEND_TIME_BIT) !== 0
}

/** When compaction may drop the batch's tombstones and markers (ms, KIP-534); null before it has decided. */
export function deleteHorizonOf(header: BatchHeader): number | null {
  return (header.attributes & DELETE_HORIZON_BIT) === 0 ? null : header.baseTimestamp
}
