/** Types made of types: arrays, structs, what may be null, and the fields of structs with their versions and tags. */
import { assert } from '../base/index.ts'
import { notNull, writeLength } from './primitives.ts'
import type { Reader } from './reader.ts'
import type {
  Codec,
  Context,
  DecodedShape,
  DraftShape,
  Field,
  FieldOptions,
  Shape,
  Type,
} from './types.ts'
import { Writer } from './writer.ts'

/** Shared by all messages that leave an array out, and frozen for that reason. */
const NO_ELEMENTS: readonly unknown[] = Object.freeze([])

/** Allows null from version `since` on. */
export function nullable<T, D>(type: Type<T, D>, since = 0): Type<T | null, D | null> {
  return { ...type, nullableSince: since }
}

function contextOf(type: Type, version: number, flexible: boolean): Context {
  return {
    version,
    flexible,
    nullable: type.nullableSince !== undefined && version >= type.nullableSince,
  }
}

export function array<T, D>(element: Type<T, D>): Type<T[], readonly D[]>
export function array<S extends Shape>(shape: S): Type<DecodedShape<S>[], readonly DraftShape<S>[]>
export function array(of: Type | Shape): Type {
  const element: Type = isType(of) ? of : struct(of)
  return {
    kind: 'array',
    initial: NO_ELEMENTS,
    element,
    codec: (context) => arrayCodec(element, context),
  }
}

function isType(of: Type | Shape): of is Type {
  return typeof (of as Type).codec === 'function'
}

function arrayCodec(element: Type, { version, flexible, nullable }: Context): Codec {
  const inner = element.codec(contextOf(element, version, flexible))
  return {
    sizeMin: flexible ? 1 : 4,
    read(reader) {
      const length = reader.arrayLength(flexible, inner.sizeMin)
      if (length < 0) return nullable ? null : notNull(null, 'array')
      const values: unknown[] = []
      for (let i = 0; i < length; i++) values.push(inner.read(reader))
      return values
    },
    write(writer, value) {
      if (value === null) {
        assert(nullable, 'Cannot write a null array in this version')
        return writeLength(writer, -1, flexible, true)
      }
      const values = value as unknown[]
      writeLength(writer, values.length, flexible, true)
      for (const item of values) inner.write(writer, item)
    },
  }
}

/** A struct of named fields in wire order. */
export function struct<S extends Shape>(fields: S): Type<DecodedShape<S>, DraftShape<S>> {
  return { kind: 'struct', initial: null, fields, codec: (context) => structCodec(fields, context) }
}

/** Declares a field with a version range, a default or a tag. Drafts may leave it out. */
export function field<T, D>(type: Type<T, D>, options: FieldOptions<D> = {}): Field<T, D> {
  return { type, options }
}

interface BoundField {
  readonly name: string
  readonly codec: Codec
  readonly fallback: unknown
}

interface BoundTag extends BoundField {
  readonly tag: number
}

function fieldOf(entry: Shape[string]): Field {
  return (isType(entry as Type) ? { type: entry, options: {} } : entry) as Field
}

function fallbackOf({ type, options }: Field): unknown {
  if (options.default !== undefined) return options.default
  if (type.kind === 'struct' && type.nullableSince === undefined)
    return defaultStruct(type.fields ?? {})
  return type.initial
}

function defaultStruct(fields: Shape): Readonly<Record<string, unknown>> {
  const value: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(fields)) value[name] = fallbackOf(fieldOf(entry))
  return Object.freeze(value)
}

function structCodec(shape: Shape, context: Context): Codec {
  const { version, flexible } = context
  const all: BoundField[] = []
  const plain: BoundField[] = []
  const tagged: BoundTag[] = []
  const absent: BoundField[] = []
  for (const [name, entry] of Object.entries(shape)) {
    const fieldEntry = fieldOf(entry)
    const { type, options } = fieldEntry
    const { since = 0, until = Infinity, tag, tagSince = since } = options
    const codec = type.codec(contextOf(type, version, flexible && options.flexible !== false))
    const bound = { name, codec, fallback: fallbackOf(fieldEntry) }
    all.push(bound)
    if (version < since || version > until) absent.push(bound)
    else if (tag !== undefined && version >= tagSince && flexible) tagged.push({ ...bound, tag })
    else plain.push(bound)
  }
  tagged.sort((a, b) => a.tag - b.tag)
  const sizeMin = Math.max(
    1,
    plain.reduce((sum, { codec }) => sum + codec.sizeMin, flexible ? 1 : 0),
  )

  // Every version decodes to objects of one shape: all fields, in declaration order.
  function blank(): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    for (const { name, fallback } of all) value[name] = fallback
    return value
  }

  const body: Codec = {
    sizeMin,
    read(reader) {
      const value = blank()
      for (const { name, codec } of plain) value[name] = codec.read(reader)
      if (flexible) readTags(reader, tagged, value)
      return value
    },
    write(writer, value) {
      const draft = value as Record<string, unknown>
      for (const { name, codec, fallback } of plain) {
        const item = draft[name]
        codec.write(writer, item === undefined ? fallback : item)
      }
      if (flexible) writeTags(writer, tagged, draft)
    },
  }
  return context.nullable ? nullableStruct(body, flexible) : body
}

/** A nullable struct is led by an int8: negative for null, 1 otherwise. A tagged one, too. */
function nullableStruct(body: Codec, flexible: boolean): Codec {
  assert(flexible, 'A nullable struct needs a flexible version')
  return {
    sizeMin: 1,
    read: (reader) => (reader.int8() < 0 ? null : body.read(reader)),
    write(writer, value) {
      writer.int8(value === null ? -1 : 1)
      if (value !== null) body.write(writer, value)
    },
  }
}

function readTags(
  reader: Reader,
  tagged: readonly BoundTag[],
  value: Record<string, unknown>,
): void {
  if (tagged.length === 0) return reader.skipTags()
  const count = reader.tagCount()
  for (let i = 0; i < count; i++) {
    const tag = reader.uvarint()
    const size = reader.uvarint()
    const known = tagged.find((candidate) => candidate.tag === tag)
    if (known === undefined) {
      reader.skip(size)
      continue
    }
    const outerEnd = reader.enter(size)
    value[known.name] = known.codec.read(reader)
    reader.leave(outerEnd)
  }
}

function isDefault(value: unknown, fallback: unknown): boolean {
  if (value === undefined || value === fallback) return true
  if (Array.isArray(value))
    return value.length === 0 && Array.isArray(fallback) && fallback.length === 0
  if (
    value !== null &&
    fallback !== null &&
    typeof value === 'object' &&
    typeof fallback === 'object'
  ) {
    const names = Object.keys(fallback)
    return (
      !Buffer.isBuffer(value) &&
      names.length > 0 &&
      names.every((name) =>
        isDefault(
          (value as Record<string, unknown>)[name],
          (fallback as Record<string, unknown>)[name],
        ),
      )
    )
  }
  return false
}

function writeTags(
  writer: Writer,
  tagged: readonly BoundTag[],
  draft: Record<string, unknown>,
): void {
  let count = 0
  for (const { name, fallback } of tagged) if (!isDefault(draft[name], fallback)) count += 1
  writer.uvarint(count)
  if (count === 0) return
  for (const { name, tag, codec, fallback } of tagged) {
    if (isDefault(draft[name], fallback)) continue
    const inner = new Writer(64)
    codec.write(inner, draft[name])
    writer.uvarint(tag)
    writer.uvarint(inner.size)
    writer.append(inner)
  }
}
