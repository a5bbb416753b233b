/** Prints what a consumer takes, up to a number of records. */
import type { FetchedBatch } from './client/fetch.ts'
import { UsageError } from './failure.ts'
import { writeOut } from './stdout.ts'
import { ByteBuilder } from './text/byte-builder.ts'
import { toJsonLine } from './text/json-lines.ts'
import type { ConsumedRecord, RecordSource } from './text/record.ts'
import { RecordFormat } from './text/record-format.ts'

type WriteRecord = (out: ByteBuilder, source: RecordSource, record: ConsumedRecord) => void

const TEXT_FORMAT = '%s\\n'

export class RecordPrinter {
  readonly #write: WriteRecord
  readonly #out = new ByteBuilder()
  #left: number

  /**
   * @param format `text`, `json` or a format string
   * @throws UsageError
   */
  constructor(format: string, showsNull: boolean, countMax: number) {
    this.#write = writerFor(format, showsNull ? 'NULL' : '')
    this.#left = countMax
  }

  /** For {@link FetchLoop}: null, or the first offset that was not printed, and that is the end. */
  async print({ source, records, offsetEnd }: FetchedBatch): Promise<number | null> {
    const first = records[0]?.offset ?? offsetEnd
    if (this.#left <= 0) return first
    const wanted = records.length < this.#left ? records : records.slice(0, this.#left)
    this.#left -= wanted.length
    for (const record of wanted) this.#write(this.#out, source, record)
    // What nobody has read is not done with: a group must not commit it.
    if (!(await writeOut(this.#out.take()))) return first
    if (this.#left > 0) return null
    return records[wanted.length]?.offset ?? offsetEnd
  }
}

function writerFor(format: string, nullText: string): WriteRecord {
  if (format === 'json') {
    return (out, source, record) => out.text(`${toJsonLine(source, record)}\n`)
  }
  if (format !== 'text' && !format.includes('%') && !format.includes('\\')) {
    throw new UsageError(
      `Cannot use the format '${format}': wanted text, json, or a format string such as '%k %s\\n'`,
    )
  }
  const compiled = new RecordFormat(format === 'text' ? TEXT_FORMAT : format, { nullText })
  return (out, source, record) => compiled.write(out, source, record)
}
