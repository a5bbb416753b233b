/**
 * What the leader changes in a produced batch inside the CRC (LogValidator, DefaultRecordBatch.setMaxTimestamp): the
 * timestamp type and the newest timestamp in place, the codec and the record offsets by building the batch anew.
 */
import { assert, crc32c, varint, writeInt64 } from '../base/index.ts'
import {
  AT,
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  CODEC_MASK,
  DELETE_HORIZON_BIT,
  KNOWN_BITS,
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
 * Gives the batch that fills `batch` its timestamp type and newest timestamp, in place. Attributes without a meaning
 * are cleared. The caller knows that something changes: the whole CRC is computed again.
 */
export function setTimestamps(batch: Buffer, isLogAppendTime: boolean, maxTimestamp: number): void {
  const kept = batch.readInt16BE(AT.attributes) & KNOWN_BITS & ~LOG_APPEND_TIME_BIT
  batch.writeInt16BE(kept | (isLogAppendTime ? LOG_APPEND_TIME_BIT : 0), AT.attributes)
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
  let size = 0
  const sizing = new RecordCursor(records)
  for (let index = 0; hasNext(sizing); index++) {
    const length = renumberedLength(sizing, index)
    size += varint.varintSize(length) + length
  }
  const renumbered = Buffer.allocUnsafe(size)
  let position = 0
  const cursor = new RecordCursor(records)
  for (let index = 0; hasNext(cursor); index++) {
    const { bodyStart, offsetDeltaStart, keyLengthStart, end } = cursor
    position = varint.writeVarint(renumbered, renumberedLength(cursor, index), position)
    position += records.copy(renumbered, position, bodyStart, offsetDeltaStart)
    position = varint.writeVarint(renumbered, index, position)
    position += records.copy(renumbered, position, keyLengthStart, end)
  }
  assert(position === size, `Cannot renumber records: wrote ${position} bytes of ${size}`)
  return renumbered
}

function hasNext(cursor: RecordCursor): boolean {
  return cursor.remaining > 0 && cursor.next()
}

function renumberedLength(cursor: RecordCursor, index: number): number {
  const before = cursor.offsetDeltaStart - cursor.bodyStart
  return before + varint.varintSize(index) + cursor.end - cursor.keyLengthStart
}
