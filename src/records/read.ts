/** Reading the records of a batch as objects: for consumers, for the state that is folded from a log, for people. */
import { varint } from '../base/index.ts'
import type { RecordHeader } from './build.ts'
import { decompress } from './compression/compress.ts'
import { RecordsError } from './error.ts'
import { BATCH_HEADER_SIZE, codecOf, isLogAppendTime, readBatchHeader } from './header.ts'
import type { BatchHeader } from './header.ts'
import { READ_LIMIT_BYTES } from './limits.ts'
import { RECORD_SIZE_MIN, RecordCursor } from './record-cursor.ts'

/** One record; `key`, `value` and header values are views on the batch or on its decompressed bytes. */
export interface RecordView {
  readonly offset: number
  /** -1: none. */
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

const NO_HEADERS: readonly RecordHeader[] = []

/**
 * The records of the batch that begins at `header.position` in `buffer` (default: at 0), in order.
 * Does not check the CRC: that is `verifyBatch`.
 *
 * @param limitBytes how large they may be once decompressed
 * @throws RecordsError
 */
export function readRecords(
  buffer: Buffer,
  header: BatchHeader = readBatchHeader(buffer, 0),
  limitBytes: number = READ_LIMIT_BYTES,
): RecordView[] {
  const bytes = recordBytesOf(buffer, header, limitBytes)
  const { recordCount, baseOffset } = header
  const appendTime = isLogAppendTime(header) ? header.maxTimestamp : null
  const records: RecordView[] = []
  const cursor = new RecordCursor(bytes)
  for (let index = 0; index < recordCount; index++) {
    if (!cursor.next()) throw damaged(header, `in record ${index} ${cursor.problem}`)
    records.push({
      offset: baseOffset + cursor.offsetDelta,
      timestampMs: appendTime ?? header.baseTimestamp + cursor.timestampDelta,
      key: viewOf(bytes, cursor.keyStart, cursor.keyLength),
      value: viewOf(bytes, cursor.valueStart, cursor.valueLength),
      headers: readHeaders(bytes, cursor),
    })
  }
  if (cursor.remaining > 0) {
    throw damaged(header, `${cursor.remaining} bytes are left over behind the last record`)
  }
  return records
}

/**
 * The first record of a batch that has at least this timestamp and this offset; null when none has. Makes no objects of the others, of which
 * there may be hundreds of thousands. Otherwise as {@link readRecords}, but it looks no further than that record.
 */
export function findRecord(
  buffer: Buffer,
  header: BatchHeader,
  timestampMin: number,
  offsetMin: number,
): { readonly offset: number; readonly timestampMs: number } | null {
  const bytes = recordBytesOf(buffer, header, READ_LIMIT_BYTES)
  const appendTime = isLogAppendTime(header) ? header.maxTimestamp : null
  const cursor = new RecordCursor(bytes)
  for (let index = 0; index < header.recordCount; index++) {
    if (!cursor.next()) throw damaged(header, `in record ${index} ${cursor.problem}`)
    const offset = header.baseOffset + cursor.offsetDelta
    const timestampMs = appendTime ?? header.baseTimestamp + cursor.timestampDelta
    if (timestampMs >= timestampMin && offset >= offsetMin) return { offset, timestampMs }
  }
  return null
}

/** Checks that they can be as many as the header says. */
function recordBytesOf(buffer: Buffer, header: BatchHeader, limitBytes: number): Buffer {
  const bytes = uncompressedRecords(buffer, header, limitBytes)
  const { recordCount } = header
  if (recordCount < 0 || recordCount * RECORD_SIZE_MIN > bytes.length) {
    throw damaged(header, `${bytes.length} bytes cannot hold ${recordCount} records`)
  }
  return bytes
}

function uncompressedRecords(buffer: Buffer, header: BatchHeader, limitBytes: number): Buffer {
  const end = header.position + header.sizeBytes
  if (header.sizeBytes < BATCH_HEADER_SIZE || end > buffer.length) {
    throw damaged(header, `it claims ${header.sizeBytes} bytes up to ${end} of ${buffer.length}`)
  }
  const body = buffer.subarray(header.position + BATCH_HEADER_SIZE, end)
  if (header.recordCount === 0) return body
  const codec = codecOf(header)
  if (codec === null) {
    const id = header.attributes & 0x07
    throw new RecordsError('CODEC_UNAVAILABLE', `Cannot decompress: the codec ${id} is unknown`)
  }
  return decompress(codec, body, limitBytes)
}

function viewOf(bytes: Buffer, start: number, length: number): Buffer | null {
  return length < 0 ? null : bytes.subarray(start, start + length)
}

/** The headers of the record at the cursor, whose structure it has checked. */
function readHeaders(bytes: Buffer, cursor: RecordCursor): readonly RecordHeader[] {
  if (cursor.headerCount === 0) return NO_HEADERS
  const headers: RecordHeader[] = []
  let position = cursor.headersStart
  for (let i = 0; i < cursor.headerCount; i++) {
    const keyLength = varint.readVarint32(bytes, position, cursor.end)
    const keyEnd = varint.next + keyLength
    const key = bytes.toString('utf8', varint.next, keyEnd)
    const valueLength = varint.readVarint32(bytes, keyEnd, cursor.end)
    const value = viewOf(bytes, varint.next, valueLength)
    position = varint.next + Math.max(valueLength, 0)
    headers.push({ key, value })
  }
  return headers
}

function damaged(header: BatchHeader, what: string): RecordsError {
  return new RecordsError(
    'RECORDS_DAMAGED',
    `Cannot read the batch at offset ${header.baseOffset}: ${what}`,
  )
}
