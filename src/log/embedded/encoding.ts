/** From what a program appends to a record batch. */
import { buildBatch, readBatchHeader, RecordsError } from '../../records/index.ts'
import type { CheckedBatch, Codec, RecordDraft } from '../../records/index.ts'
import { LogError } from '../errors.ts'

/** Bytes of a record: text is stored as UTF-8. */
export type Bytes = Uint8Array | string

/** A record with more than a value. */
export interface RecordParts {
  readonly key?: Bytes | null
  readonly value: Bytes | null
  readonly headers?: readonly { readonly key: string; readonly value: Bytes | null }[]
  /** Default: now. */
  readonly timestampMs?: number
}

/** A value alone, or a record with more than that. */
export type RecordInput = Bytes | RecordParts

export interface EncodeOptions {
  readonly nowMs: number
  readonly codec: Codec
  readonly bytesMax: number
}

/** One batch of the records. Throws LogError INVALID, TOO_LARGE. */
export function encodeRecords(
  records: readonly RecordInput[],
  options: EncodeOptions,
): CheckedBatch {
  const { nowMs, codec, bytesMax } = options
  if (records.length === 0) throw new LogError('INVALID', 'Cannot append: no record was given')
  const buffer = build(records.map(draftOf), nowMs, codec)
  if (buffer.length > bytesMax) {
    const message = `Cannot append ${buffer.length} bytes at once: batchBytesMax allows ${bytesMax}`
    throw new LogError('TOO_LARGE', message)
  }
  return { buffer, header: readBatchHeader(buffer, 0) }
}

function build(records: readonly RecordDraft[], timestampMs: number, codec: Codec): Buffer {
  try {
    return buildBatch(records, { timestampMs, codec })
  } catch (error) {
    if (error instanceof RecordsError) throw new LogError('INVALID', error.message, error)
    throw error
  }
}

function draftOf(record: RecordInput): RecordDraft {
  if (typeof record === 'string' || record instanceof Uint8Array) {
    return { key: null, value: bufferOf(record, 'a record') }
  }
  if (typeof record !== 'object' || record === null) throw notBytes(record, 'a record')
  const { key = null, value, headers, timestampMs } = record
  return {
    key: key === null ? null : bufferOf(key, 'a key'),
    value: value === null ? null : bufferOf(value, 'a value'),
    ...(headers === undefined ? {} : { headers: headers.map(headerOf) }),
    ...(timestampMs === undefined ? {} : { timestampMs: checkedTime(timestampMs) }),
  }
}

function headerOf(header: NonNullable<RecordParts['headers']>[number]): {
  key: string
  value: Buffer | null
} {
  const { key, value } = header
  return { key, value: value === null ? null : bufferOf(value, 'a header') }
}

function bufferOf(bytes: Bytes, what: string): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes)
  if (Buffer.isBuffer(bytes)) return bytes
  if (bytes instanceof Uint8Array) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  throw notBytes(bytes, what)
}

function checkedTime(timestampMs: number): number {
  if (Number.isSafeInteger(timestampMs) && timestampMs >= 0) return timestampMs
  const message = `Cannot append: timestampMs is ${String(timestampMs)}, need whole milliseconds since 1970`
  throw new LogError('INVALID', message)
}

function notBytes(found: unknown, what: string): LogError {
  const message = `Cannot append: ${what} is ${typeof found}, need a string or a Uint8Array`
  return new LogError('INVALID', message)
}
