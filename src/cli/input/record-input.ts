/** Records out of stdin or files, as the options of `produce` say. */
import { createReadStream } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import type { Readable } from 'node:stream'
import type { RecordHeader } from '../../records/index.ts'
import { fromJsonLine, InputError } from '../text/json-lines.ts'
import type { ProducedRecord } from '../text/record.ts'
import { splitAt } from './split.ts'

export interface InputOptions {
  readonly form: 'text' | 'json'
  /** Between records. */
  readonly delimiter: Buffer
  /** Every file is one record. */
  readonly isWhole: boolean
  /** Between key and value of a text record; null: there is no key in it. */
  readonly keyDelimiter: Buffer | null
  /** An empty key or value is null. */
  readonly emptyIsNull: boolean
  /** For records that bring none. */
  readonly key: Buffer | null
  /** Added to those of the record. */
  readonly headers: readonly RecordHeader[]
  readonly partition: number | null
  readonly timestampMs: number | null
  /** JSON records go where they came from. */
  readonly keepsPartition: boolean
}

/**
 * The records of `files` one after another, or of stdin when there are none; as many together as arrived together.
 *
 * @param signal ends the input as its own end does
 * @throws InputError with the place of the bad record
 */
export async function* readInput(
  files: readonly string[],
  options: InputOptions,
  signal: AbortSignal,
): AsyncGenerator<ProducedRecord[]> {
  if (files.length === 0) return yield* readStream('stdin', process.stdin, options, signal)
  for (const file of files) {
    yield* readStream(file, createReadStream(file, { highWaterMark: 256 * 1024 }), options, signal)
  }
}

async function* readStream(
  name: string,
  stream: Readable,
  options: InputOptions,
  signal: AbortSignal,
): AsyncGenerator<ProducedRecord[]> {
  let count = 0
  try {
    const chunks = addAbortSignal(signal, stream) as AsyncIterable<Buffer>
    const groups = options.isWhole ? wholeOf(chunks) : splitAt(chunks, options.delimiter)
    for await (const pieces of groups) {
      const records: ProducedRecord[] = []
      try {
        for (const piece of pieces) {
          count += 1
          const record = toRecord(piece, options)
          if (record !== null) records.push(record)
        }
      } finally {
        // Also those before a bad one.
        yield records
      }
    }
  } catch (error) {
    if (signal.aborted) return
    const where = error instanceof InputError ? `record ${count} of ${name}` : name
    throw new InputError(`Cannot read ${where}: ${(error as Error).message}`)
  }
}

async function* wholeOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  yield [Buffer.concat(parts)]
}

/** Null: an empty line between JSON records. Throws InputError. */
export function toRecord(piece: Buffer, options: InputOptions): ProducedRecord | null {
  if (options.form === 'json') {
    const line = piece.toString()
    return line.trim() === '' ? null : withDefaults(fromJsonLine(line), options)
  }
  const { keyDelimiter, emptyIsNull } = options
  const at = keyDelimiter === null ? -1 : piece.indexOf(keyDelimiter)
  const key = at < 0 ? null : piece.subarray(0, at)
  const value = at < 0 ? piece : piece.subarray(at + (keyDelimiter?.length ?? 0))
  const record = {
    key: emptyIsNull && key?.length === 0 ? null : key,
    value: emptyIsNull && value.length === 0 ? null : value,
    headers: [],
  }
  return withDefaults(record, options)
}

function withDefaults(record: ProducedRecord, options: InputOptions): ProducedRecord {
  const timestampMs = options.timestampMs ?? record.timestampMs
  const partition = options.partition ?? (options.keepsPartition ? record.partition : undefined)
  return {
    key: record.key ?? options.key,
    value: record.value,
    headers:
      options.headers.length === 0 ? record.headers : [...record.headers, ...options.headers],
    ...(timestampMs !== undefined && { timestampMs }),
    ...(partition !== undefined && { partition }),
  }
}
