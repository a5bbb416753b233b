/**
 * Format strings of `consume`, as kcat has them, and a few more:
 *
 *     %t topic      %p partition   %o offset     %T timestamp (ms)   %d timestamp (ISO 8601)   %e leader epoch
 *     %k key        %K its length  %s value      %S its length       %R length of the value as big-endian int32
 *     %h headers (name=value,...)  %%            %v %V are %s %S
 *
 * A null key or value has length -1. Escapes: see escapes.ts.
 */
import { UsageError } from '../failure.ts'
import type { ByteBuilder } from './byte-builder.ts'
import { unescape } from './escapes.ts'
import type { ConsumedRecord, RecordSource } from './record.ts'

type Part = (out: ByteBuilder, source: RecordSource, record: ConsumedRecord) => void

export const FORMAT_HELP = `
Format (-f): %t topic  %p partition  %o offset  %T timestamp in ms  %d timestamp as ISO 8601  %e leader epoch
             %k key  %K its length  %s or %v value  %S or %V its length  %R length of the value as 4 bytes
             %h headers (name=value,...)  %% a percent sign;  a null has length -1
             \\n \\t \\r \\0 \\e \\xHH as in C
`

export interface RecordFormatOptions {
  /** Stands for a key, value or header value that is null. */
  readonly nullText: string
}

export class RecordFormat {
  readonly #parts: readonly Part[]

  /** @throws UsageError for an unknown verb */
  constructor(format: string, { nullText }: RecordFormatOptions) {
    const verbs = verbsFor(Buffer.from(nullText))
    const parts: Part[] = []
    // A backslash takes its character with it, so that '\\%' cannot begin a verb by accident.
    for (const [piece, verb] of format.matchAll(/%([\s\S]?)|(?:\\[\s\S]|[^%\\])+|\\/g)) {
      parts.push(verb === undefined ? literal(unescape(piece)) : known(verbs, verb))
    }
    this.#parts = parts
  }

  write(out: ByteBuilder, source: RecordSource, record: ConsumedRecord): void {
    for (const part of this.#parts) part(out, source, record)
  }
}

function literal(bytes: Buffer): Part {
  return (out) => out.bytes(bytes)
}

function known(verbs: Readonly<Record<string, Part>>, verb: string): Part {
  const part = verbs[verb]
  if (part === undefined) {
    throw new UsageError(
      `Cannot read the format: found %${verb}, known are %${Object.keys(verbs).join(' %')}`,
    )
  }
  return part
}

function verbsFor(nullBytes: Buffer): Readonly<Record<string, Part>> {
  const value: Part = (out, _, record) => out.bytes(record.value ?? nullBytes)
  const valueLength: Part = (out, _, record) => out.text(String(record.value?.length ?? -1))
  return {
    t: (out, source) => out.text(source.topic),
    p: (out, source) => out.text(String(source.partition)),
    o: (out, _, record) => out.text(String(record.offset)),
    k: (out, _, record) => out.bytes(record.key ?? nullBytes),
    K: (out, _, record) => out.text(String(record.key?.length ?? -1)),
    s: value,
    v: value,
    S: valueLength,
    V: valueLength,
    R: (out, _, record) => out.int32(record.value?.length ?? -1),
    T: (out, _, record) => out.text(String(record.timestampMs)),
    d: (out, _, record) => out.text(isoTime(record.timestampMs)),
    e: (out, source) => out.text(String(source.leaderEpoch)),
    h: (out, _, record) => writeHeaders(out, record, nullBytes),
    '%': (out) => out.text('%'),
  }
}

/** Empty for a record without a timestamp; the bare number for one that no calendar has. */
function isoTime(timestampMs: number): string {
  if (timestampMs < 0) return ''
  const date = new Date(timestampMs)
  return Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString()
}

function writeHeaders(out: ByteBuilder, { headers }: ConsumedRecord, nullBytes: Buffer): void {
  headers.forEach(({ key, value }, index) => {
    out.text(`${index === 0 ? '' : ','}${key}=`)
    out.bytes(value ?? nullBytes)
  })
}
