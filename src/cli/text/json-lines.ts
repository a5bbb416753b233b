/**
 * Records as JSON, one a line; what `consume` writes, `produce` takes back. Names as kcat's `-J` has them:
 *
 *     {"topic":"t","partition":0,"offset":7,"tstype":"create","ts":1700000000000,"broker":1,
 *      "headers":["name","value"],"key":"k","payload":"v"}
 *
 * A key, payload or header value is a string, null, or for bytes that are not UTF-8 `{"base64":"..."}`.
 */
import { isUtf8 } from 'node:buffer'
import type { RecordHeader } from '../../records/index.ts'
import type { ConsumedRecord, ProducedRecord, RecordSource } from './record.ts'

type JsonBytes = string | null | { readonly base64: string }

/** A line that is no record. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly code = 'BAD_INPUT'
}

/** Without the newline. */
export function toJsonLine(source: RecordSource, record: ConsumedRecord): string {
  const { topic, partition, nodeId, timestampType } = source
  const hasTime = record.timestampMs >= 0
  return JSON.stringify({
    topic,
    partition,
    offset: record.offset,
    tstype: hasTime ? timestampType : 'unknown',
    ts: record.timestampMs,
    broker: nodeId,
    ...(record.headers.length > 0 && { headers: record.headers.flatMap(headerToJson) }),
    key: bytesToJson(record.key),
    payload: bytesToJson(record.value),
  })
}

function headerToJson({ key, value }: RecordHeader): JsonBytes[] {
  return [key, bytesToJson(value)]
}

export function bytesToJson(bytes: Buffer | null): JsonBytes {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}

/**
 * Reads a line of {@link toJsonLine}, or one written by hand: `value` stands for `payload`, headers may be an object, and all may be left
 * out. `topic`, `offset`, `tstype` and `broker` say where a record came from and are passed over.
 *
 * @throws InputError
 */
export function fromJsonLine(line: string): ProducedRecord {
  const parsed = parseObject(line)
  const payload = 'payload' in parsed ? parsed['payload'] : parsed['value']
  const timestampMs = optionalInteger(parsed['ts'] ?? parsed['timestamp'], 'ts')
  const partition = optionalInteger(parsed['partition'], 'partition')
  return {
    key: bytesFromJson(parsed['key'], 'key'),
    value: bytesFromJson(payload, 'payload'),
    headers: headersFromJson(parsed['headers']),
    ...(timestampMs !== undefined && timestampMs >= 0 && { timestampMs }),
    ...(partition !== undefined && { partition }),
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    throw new InputError(`it is not JSON: ${(error as Error).message}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InputError(`found ${kindOf(parsed)}, wanted an object with key, payload, headers`)
  }
  return parsed as Record<string, unknown>
}

function bytesFromJson(value: unknown, what: string): Buffer | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value === 'object' && 'base64' in value && typeof value.base64 === 'string') {
    if (Object.keys(value).length === 1) return decodeBase64(value.base64, what)
  }
  throw new InputError(`'${what}' is ${kindOf(value)}, wanted a string, null or {"base64":"..."}`)
}

/** Node's decoder skips what is no base64, which would change the record. */
function decodeBase64(text: string, what: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new InputError(`'${what}' is not base64`)
  return Buffer.from(text, 'base64')
}

function headersFromJson(value: unknown): RecordHeader[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) {
    if (value.length % 2 !== 0) throw new InputError("'headers' has a name without a value")
    return Array.from({ length: value.length / 2 }, (_, index) =>
      headerFromJson(value[index * 2], value[index * 2 + 1]),
    )
  }
  if (typeof value !== 'object') {
    throw new InputError(`'headers' is ${kindOf(value)}, wanted ["name","value",...] or an object`)
  }
  return Object.entries(value).map(([key, item]) => headerFromJson(key, item))
}

function headerFromJson(key: unknown, value: unknown): RecordHeader {
  if (typeof key !== 'string') throw new InputError('the name of a header is not a string')
  return { key, value: bytesFromJson(value, `header ${key}`) }
}

function optionalInteger(value: unknown, what: string): number | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new InputError(`'${what}' is ${kindOf(value)}, wanted a whole number`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : JSON.stringify(value)
}
