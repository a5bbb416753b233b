/**
 * What the leader changes in a produced batch inside the CRC (LogValidator, DefaultRecordBatch.setMaxTimestamp): the
 * timestamp type and the newest timestamp in place, the codec and the record offsets by building the batch anew.
 */
import { crc32c, varint, writeInt64 } from '../base/index.ts'
import {
  AT,
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  CODEC_MASK,
  DELETE_HORIZON_BIT,
  LOG_APPEND_TIME_BIT,
} from './header.ts'
import { idOfCodec } from './compression/codec.ts'
import type { Codec } from './compression/codec.ts'
import { RecordCursor } from './record-cursor.ts'

/** Writes the CRC of the batch that fills `batch`. */
export function sealBatch(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch, AT.attributes, batch.length), AT.crc)
}

/**
 * Gives the batch that fills `batch` its timestamp type and newest timestamp, in place.
 * The caller knows that something changes: the whole CRC is computed again.
 */
export function setTimestamps(batch: Buffer, isLogAppendTime: boolean, maxTimestamp: number): void {
  const attributes = batch.readInt16BE(AT.attributes)
  const bit = isLogAppendTime ? LOG_APPEND_TIME_BIT : 0
  batch.writeInt16BE((attributes & ~LOG_APPEND_TIME_BIT) | bit, AT.attributes)
  writeInt64(batch, maxTimestamp, AT.maxTimestamp)
  sealBatch(batch)
}

/** A batch with the header of `source` and other (compressed) records. Its CRC is not yet right. */
export function replaceRecords(source: Buffer, codec: Codec, records: Buffer): Buffer {
  const batch = Buffer.allocUnsafe(BATCH_HEADER_SIZE + records.length)
  source.copy(batch, 0, 0, BATCH_HEADER_SIZE)
  records.copy(batch, BATCH_HEADER_SIZE)
  batch.writeInt32BE(batch.length - BATCH_PREFIX_SIZE, AT.batchLength)
  const kept = source.readInt16BE(AT.attributes) & ~(CODEC_MASK | DELETE_HORIZON_BIT)
  batch.writeInt16BE(kept | idOfCodec(codec), AT.attributes)
  return batch
}

/** The same records, which are known to be sound, with the offsets 0, 1, 2 … */
export function renumberRecords(records: Buffer): Buffer {
  const cursor = new RecordCursor(records)
  const parts: Buffer[] = []
  for (let index = 0; cursor.remaining > 0 && cursor.next(); index++) {
    const before = records.subarray(cursor.bodyStart, cursor.offsetDeltaStart)
    const after = records.subarray(cursor.keyLengthStart, cursor.end)
    const length = before.length + varint.varintSize(index) + after.length
    parts.push(varintBytes(length), before, varintBytes(index), after)
  }
  return Buffer.concat(parts)
}

function varintBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(varint.varintSize(value))
  varint.writeVarint(bytes, value, 0)
  return bytes
}
