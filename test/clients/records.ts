/** What a client read, and whether it is what was written. */
import { createHash } from 'node:crypto'
import { inspect } from 'node:util'

import type { CorpusRecord } from './corpus.ts'

/** One record as a client returned it. */
export interface ReadRecord extends CorpusRecord {
  readonly offset: number
}

/**
 * Compares what a client read with what was written: per partition the same records in the same order at consecutive
 * offsets from 0, every byte of key, value and headers, and the timestamp. Throws with the first difference.
 */
export function expectSameRecords(
  found: readonly ReadRecord[],
  wanted: readonly CorpusRecord[],
): void {
  const partitions = new Set([...found, ...wanted].map((record) => record.partition))
  for (const partition of partitions) {
    const read = found.filter((record) => record.partition === partition)
    const written = wanted.filter((record) => record.partition === partition)
    read.sort((a, b) => a.offset - b.offset)
    written.forEach((record, index) => {
      const where = `partition ${partition}, record ${index}`
      expectSameRecord(where, read[index], record, index)
    })
    if (read.length !== written.length) {
      throw new Error(
        `partition ${partition}: wanted ${written.length} records, found ${read.length}`,
      )
    }
  }
}

function expectSameRecord(
  where: string,
  found: ReadRecord | undefined,
  wanted: CorpusRecord,
  offset: number,
): void {
  if (found === undefined) throw new Error(`${where}: missing`)
  const differ = (what: string, a: unknown, b: unknown): void => {
    if (a !== b) throw new Error(`${where}: ${what}: wanted ${String(b)}, found ${String(a)}`)
  }
  differ('offset', found.offset, offset)
  differ('key', text(found.key), text(wanted.key))
  differ('value', text(found.value), text(wanted.value))
  differ('headers', headersText(found), headersText(wanted))
  differ('timestamp', found.timestampMs, wanted.timestampMs)
}

function text(bytes: Buffer | null): string {
  if (bytes === null) return 'null'
  const hex = bytes.toString('hex')
  return hex.length <= 120
    ? `[${hex}]`
    : `[${hex.slice(0, 60)}... ${bytes.length} bytes, sha256 ${sha256(bytes)}]`
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function headersText(record: CorpusRecord): string {
  return record.headers.map(([name, value]) => `${name}=${text(value)}`).join(',')
}

/** Fails when the two differ as JSON. */
export function expectEqual(what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: wanted ${b}, found ${a}`)
}

/** Fails when `holds` is false. */
export function expect(what: string, holds: boolean, found?: unknown): void {
  if (!holds)
    throw new Error(found === undefined ? what : `${what}: found ${JSON.stringify(found)}`)
}

/** Runs what must fail, and checks that its error says `pattern`. */
export async function expectRefusal(
  what: string,
  body: () => Promise<unknown>,
  pattern: RegExp,
): Promise<void> {
  const message = await body().then(
    () => 'success',
    (error: unknown) => errorText(error),
  )
  expect(`${what}: wanted a refusal ${pattern}`, pattern.test(message), message)
}

/** Everything an error says, with what hangs on it, but not where it was thrown. */
function errorText(error: unknown): string {
  return inspect(error, { depth: 8 }).replaceAll(/^\s+at .*$/gm, '')
}
