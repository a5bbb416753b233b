/** Building whole batches: for the broker's own logs, for clients, for tests. */
import { assert, varint, writeInt64 } from '../base/index.ts'
import { idOfCodec } from './compression/codec.ts'
import type { Codec } from './compression/codec.ts'
import { compress } from './compression/compress.ts'
import { sealBatch } from './correct.ts'
import {
  AT,
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  CONTROL_BIT,
  LOG_APPEND_TIME_BIT,
  MAGIC,
  TRANSACTIONAL_BIT,
} from './header.ts'
import { stampBatch } from './stamp.ts'

/** A header of a record, which is not the header of a batch. Order and duplicates are kept. */
export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

export interface RecordDraft {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly RecordHeader[]
  /** Default: the batch's. */
  readonly timestampMs?: number
  /** Default: its place in the batch. Given, they ascend (a batch after compaction has gaps). */
  readonly offsetDelta?: number
}

export interface BatchOptions {
  /** Default 0, as producers send it. */
  readonly baseOffset?: number
  /** Default -1: unknown. */
  readonly leaderEpoch?: number
  /** Of the records that name none. Default -1: no timestamp. */
  readonly timestampMs?: number
  /** Given: the batch's timestamp type is LogAppendTime, at this time. */
  readonly logAppendTimeMs?: number
  /** Default: uncompressed. */
  readonly codec?: Codec
  /** Of gzip and zstd. */
  readonly compressionLevel?: number
  /** Default -1: not idempotent. */
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
  /** Default: that of the last record. A compacted batch keeps the one it was written with. */
  readonly lastOffsetDelta?: number
}

const NO_HEADERS: readonly RecordHeader[] = []

/**
 * One whole batch with its CRC.
 *
 * @throws RecordsError `CODEC_UNAVAILABLE`
 */
export function buildBatch(records: readonly RecordDraft[], options: BatchOptions = {}): Buffer {
  const timestampMs = options.timestampMs ?? -1
  const baseTimestamp = records[0]?.timestampMs ?? timestampMs
  const plain = encodeRecords(records, baseTimestamp, timestampMs)
  const codec = options.codec ?? 'uncompressed'
  // A batch that compaction has emptied is its header alone, whatever its codec.
  const body = records.length === 0 ? plain : compress(codec, plain, options.compressionLevel)

  const batch = Buffer.allocUnsafe(BATCH_HEADER_SIZE + body.length)
  body.copy(batch, BATCH_HEADER_SIZE)
  stampBatch(batch, 0, options.baseOffset ?? 0, options.leaderEpoch ?? -1)
  batch.writeInt32BE(batch.length - BATCH_PREFIX_SIZE, AT.batchLength)
  batch.writeInt8(MAGIC, AT.magic)
  batch.writeInt16BE(attributesOf(codec, options), AT.attributes)
  batch.writeInt32BE(options.lastOffsetDelta ?? lastDeltaOf(records), AT.lastOffsetDelta)
  writeInt64(batch, baseTimestamp, AT.baseTimestamp)
  const maxTimestamp = options.logAppendTimeMs ?? maxTimestampOf(records, timestampMs)
  writeInt64(batch, maxTimestamp, AT.maxTimestamp)
  writeInt64(batch, options.producerId ?? -1, AT.producerId)
  batch.writeInt16BE(options.producerEpoch ?? -1, AT.producerEpoch)
  batch.writeInt32BE(options.baseSequence ?? -1, AT.baseSequence)
  batch.writeInt32BE(records.length, AT.recordCount)
  sealBatch(batch)
  return batch
}

function attributesOf(codec: Codec, options: BatchOptions): number {
  return (
    idOfCodec(codec) |
    (options.logAppendTimeMs === undefined ? 0 : LOG_APPEND_TIME_BIT) |
    (options.transactional === true ? TRANSACTIONAL_BIT : 0) |
    (options.control === true ? CONTROL_BIT : 0)
  )
}

/** 0 for an empty batch: without `lastOffsetDelta` it still takes one offset. */
function lastDeltaOf(records: readonly RecordDraft[]): number {
  const last = records.length - 1
  return records[last]?.offsetDelta ?? Math.max(last, 0)
}

function maxTimestampOf(records: readonly RecordDraft[], timestampMs: number): number {
  let newest = -1
  for (const record of records) newest = Math.max(newest, record.timestampMs ?? timestampMs)
  return newest
}

function encodeRecords(
  records: readonly RecordDraft[],
  baseTimestamp: number,
  timestampMs: number,
): Buffer {
  let size = 0
  const lengths = records.map((record, index) => {
    const delta = (record.timestampMs ?? timestampMs) - baseTimestamp
    const length = bodySizeOf(record, delta, record.offsetDelta ?? index)
    size += varint.varintSize(length) + length
    return length
  })
  const bytes = Buffer.allocUnsafe(size)
  let position = 0
  records.forEach((record, index) => {
    position = varint.writeVarint(bytes, lengths[index] ?? 0, position)
    bytes[position++] = 0 // attributes
    const delta = (record.timestampMs ?? timestampMs) - baseTimestamp
    position = varint.writeVarint(bytes, delta, position)
    position = varint.writeVarint(bytes, record.offsetDelta ?? index, position)
    position = writeBytes(bytes, record.key, position)
    position = writeBytes(bytes, record.value, position)
    position = writeHeaders(bytes, record.headers ?? NO_HEADERS, position)
  })
  assert(position === size, `Cannot encode records: wrote ${position} bytes of ${size}`)
  return bytes
}

function bodySizeOf(record: RecordDraft, timestampDelta: number, offsetDelta: number): number {
  let size = 1 + varint.varintSize(timestampDelta) + varint.varintSize(offsetDelta)
  size += sizeOf(record.key) + sizeOf(record.value)
  const headers = record.headers ?? NO_HEADERS
  size += varint.varintSize(headers.length)
  for (const { key, value } of headers) {
    const keySize = Buffer.byteLength(key)
    size += varint.varintSize(keySize) + keySize + sizeOf(value)
  }
  return size
}

function sizeOf(bytes: Buffer | null): number {
  return bytes === null ? 1 : varint.varintSize(bytes.length) + bytes.length
}

function writeBytes(target: Buffer, bytes: Buffer | null, position: number): number {
  if (bytes === null) return varint.writeVarint(target, -1, position)
  position = varint.writeVarint(target, bytes.length, position)
  return position + bytes.copy(target, position)
}

function writeHeaders(target: Buffer, headers: readonly RecordHeader[], position: number): number {
  position = varint.writeVarint(target, headers.length, position)
  for (const { key, value } of headers) {
    position = varint.writeVarint(target, Buffer.byteLength(key), position)
    position += target.write(key, position)
    position = writeBytes(target, value, position)
  }
  return position
}
