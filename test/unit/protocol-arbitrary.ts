/**
 * Arbitrary values of any message, and a second encoder, both straight from the schema. The encoder is as simple as can be, shares no
 * code with the real one, and can put unknown tagged fields into every struct.
 */
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import {
  INT64_MAX,
  INT64_MIN,
  unreachable,
  uuidFromBytes,
  uuidToBytes,
  ZERO_UUID,
} from '../../src/base/index.ts'
import type { Field, Message, Shape, Type } from '../../src/wire/index.ts'

export type AnyMessage = Message<unknown, unknown>
type Struct = Readonly<Record<string, unknown>>

function fieldsOf(shape: Shape): [name: string, field: Field][] {
  return Object.entries(shape).map(([name, entry]) => [
    name,
    'options' in entry ? entry : { type: entry, options: {} },
  ])
}

function exists({ options: { since = 0, until = Infinity } }: Field, version: number): boolean {
  return version >= since && version <= until
}

function mayBeNull({ nullableSince = Infinity }: Type, version: number): boolean {
  return version >= nullableSince
}

/** What a field is where nobody set it. */
function fallback({ type, options }: Field): unknown {
  if (options.default !== undefined) return options.default
  if (type.kind === 'struct' && type.nullableSince === undefined) {
    return Object.fromEntries(
      fieldsOf(type.fields ?? {}).map(([name, field]) => [name, fallback(field)]),
    )
  }
  if (type.kind === 'array') return []
  if (type.kind === 'string') return ''
  if (type.kind === 'bool') return false
  if (type.kind === 'uuid') return ZERO_UUID
  if (type.kind === 'bytes') return Buffer.alloc(0)
  if (type.kind === 'records') return type.nullableSince === undefined ? Buffer.alloc(0) : null
  return type.kind === 'struct' ? null : 0
}

const integer = (bits: number, signed: boolean): fc.Arbitrary<number> =>
  fc.integer(
    signed ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 },
  )
const int64 = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-1, INT64_MAX, INT64_MIN))
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const uuid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((array) => uuidFromBytes(Buffer.from(array)))

/** By what decodes; sizes are small, because there are many messages. */
function arbitraryOf(type: Type, version: number): fc.Arbitrary<unknown> {
  const value = arbitraryNotNull(type, version)
  return mayBeNull(type, version) ? fc.option(value, { nil: null }) : value
}

function arbitraryNotNull(type: Type, version: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'int8':
      return integer(8, true)
    case 'int16':
      return integer(16, true)
    case 'uint16':
      return integer(16, false)
    case 'int32':
      return integer(32, true)
    case 'uint32':
      return integer(32, false)
    case 'int64':
      return int64
    case 'float64':
      return fc.double()
    case 'bool':
      return fc.boolean()
    case 'uuid':
      return uuid
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 12 })
    case 'bytes':
    case 'records':
      return bytes
    case 'array':
      return fc.array(arbitraryOf(type.element as Type, version), { maxLength: 2 })
    case 'struct':
      return arbitraryStruct(type.fields ?? {}, version)
    default:
      return unreachable(type.kind)
  }
}

/** Fields that the version lacks, or that nobody set, have their fallback. */
function arbitraryStruct(shape: Shape, version: number): fc.Arbitrary<Struct> {
  const model: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, field] of fieldsOf(shape)) {
    const unset = fc.constant(fallback(field))
    const set = arbitraryOf(field.type, version)
    if (!exists(field, version)) model[name] = unset
    else model[name] = field.options.tag === undefined ? set : fc.oneof(unset, set)
  }
  return fc.record(model)
}

/** A value of `message` as decoding `version` gives it. */
export function arbitraryMessage(message: AnyMessage, version: number): fc.Arbitrary<unknown> {
  return arbitraryStruct(message.shape, version)
}

/** Unknown tagged fields: number → content. Numbers are far above the known ones. */
export const arbitraryTags: fc.Arbitrary<ReadonlyMap<number, Buffer>> = fc
  .dictionary(fc.integer({ min: 1000, max: 1_000_000 }).map(String), bytes, { maxKeys: 2 })
  .map((tags) => new Map(Object.entries(tags).map(([tag, content]) => [Number(tag), content])))

class TwinEncoder {
  readonly version: number
  readonly unknownTags: ReadonlyMap<number, Buffer>

  constructor(version: number, unknownTags: ReadonlyMap<number, Buffer>) {
    this.version = version
    this.unknownTags = unknownTags
  }

  struct(shape: Shape, value: Struct, flexible: boolean): Buffer {
    const parts: Buffer[] = []
    const tags = new Map<number, Buffer>(flexible ? this.unknownTags : [])
    for (const [name, field] of fieldsOf(shape)) {
      if (!exists(field, this.version)) continue
      const { tag, tagSince = 0, flexible: ownFlexible } = field.options
      const content = (): Buffer =>
        this.value(field.type, value[name], flexible && ownFlexible !== false)
      if (tag === undefined || this.version < tagSince) parts.push(content())
      else if (!isDeepStrictEqual(value[name], fallback(field))) tags.set(tag, content())
    }
    if (flexible) {
      parts.push(uvarint(tags.size))
      for (const [tag, content] of [...tags].toSorted(([a], [b]) => a - b)) {
        parts.push(uvarint(tag), uvarint(content.length), content)
      }
    }
    return Buffer.concat(parts)
  }

  value(type: Type, value: unknown, flexible: boolean): Buffer {
    if (type.kind === 'struct') {
      const present =
        value === null ? Buffer.alloc(0) : this.struct(type.fields ?? {}, value as Struct, flexible)
      if (!mayBeNull(type, this.version)) return present
      return Buffer.concat([Buffer.from([value === null ? 0xff : 1]), present])
    }
    if (type.kind === 'array') {
      if (value === null) return length(-1, flexible, 4)
      const items = value as unknown[]
      return Buffer.concat([
        length(items.length, flexible, 4),
        ...items.map((item) => this.value(type.element as Type, item, flexible)),
      ])
    }
    return primitive(type, value, flexible)
  }
}

function primitive({ kind }: Type, value: unknown, flexible: boolean): Buffer {
  if (kind === 'string')
    return sized(value === null ? null : Buffer.from(value as string), flexible, 2)
  if (kind === 'bytes' || kind === 'records') return sized(value as Buffer | null, flexible, 4)
  if (kind === 'uuid') return uuidToBytes(value as string)
  if (kind === 'bool') return Buffer.from([value === true ? 1 : 0])
  const buffer = Buffer.alloc(8)
  if (kind === 'float64') {
    buffer.writeDoubleBE(value as number)
    return buffer
  }
  const size = { int8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8 }[kind as 'int8']
  const exact = value === INT64_MAX ? 2n ** 63n - 1n : BigInt(value as number)
  buffer.writeBigUInt64BE(BigInt.asUintN(64, exact))
  return buffer.subarray(8 - size)
}

function sized(content: Buffer | null, flexible: boolean, lengthSize: 2 | 4): Buffer {
  if (content === null) return length(-1, flexible, lengthSize)
  return Buffer.concat([length(content.length, flexible, lengthSize), content])
}

function length(value: number, flexible: boolean, size: 2 | 4): Buffer {
  if (flexible) return uvarint(value + 1)
  const buffer = Buffer.alloc(size)
  buffer.writeIntBE(value, 0, size)
  return buffer
}

function uvarint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return Buffer.from([...bytes, value])
}

/** What `message.toBuffer` must give, with `unknownTags` in every struct of a flexible version. */
export function encodeByTwin(
  message: AnyMessage,
  version: number,
  value: unknown,
  unknownTags: ReadonlyMap<number, Buffer> = new Map(),
): Buffer {
  const twin = new TwinEncoder(version, unknownTags)
  return twin.struct(message.shape, value as Struct, version >= (message.flexibleSince ?? Infinity))
}
