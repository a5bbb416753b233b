/**
 * The protocol as data. A message is a tree of types with version ranges; from the one table come the
 * TypeScript types, the codec for each version, `ApiVersions` and the comparison with Apache Kafka's own schemas.
 *
 *     const Heartbeat = message({ name: 'HeartbeatRequest', versions: [0, 4], flexibleSince: 4 }, {
 *       groupId: string,
 *       groupInstanceId: field(nullable(string), { since: 3, default: null }),
 *     })
 *     Heartbeat.decode(reader, version)   // { groupId: string, groupInstanceId: string | null }
 *
 * Rules of the encoding: KIP-482 for flexible versions (compact lengths, a tag section after every
 * struct), the older fixed-width lengths before.
 */
import { assert, ZERO_UUID } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import { Reader, WireError } from './reader.ts'
import { Writer } from './writer.ts'

export type Kind =
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'bool'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records'
  | 'array'
  | 'struct'

/** Reads and writes one type in one version. Values are untyped here; {@link Message} restores the types. */
interface Codec {
  readonly sizeMin: number
  read(reader: Reader): unknown
  write(writer: Writer, value: unknown): void
}

interface Context {
  readonly version: number
  readonly flexible: boolean
  readonly nullable: boolean
}

/** A type of the schema language. `T` is what decoding gives, `D` (draft) what encoding takes. */
export interface Type<T = unknown, D = T> {
  readonly kind: Kind
  /** Of arrays. */
  readonly element?: Type
  /** Of structs, in wire order. */
  readonly fields?: Shape
  /** First version in which the value may be null; undefined: never. */
  readonly nullableSince?: number
  /** What a version without the field decodes to, unless the field names a default. */
  readonly initial: unknown
  codec(context: Context): Codec
  /** Only for the compiler. */
  readonly _types?: [T, D]
}

export interface FieldOptions<T> {
  /** First version that has the field. Default: the message's first. */
  readonly since?: number
  /** Last version that has it. Default: the message's last. */
  readonly until?: number
  /** What decoding gives in versions without it, and encoding writes when the draft leaves it out. */
  readonly default?: T
  /** Tagged field number, in flexible versions. */
  readonly tag?: number
  /** First version in which the field is tagged (it may be an ordinary field before). Default: `since`. */
  readonly tagSince?: number
  /** False: keeps the old encoding even in flexible versions (the client id of the request header). */
  readonly flexible?: false
}

/** A field that is not simply "always there": encoding may leave it out. */
export interface Field<T = unknown, D = T> {
  readonly type: Type<T, D>
  readonly options: FieldOptions<D>
}

export type Shape = { readonly [name: string]: Type | Field }

type TypeOf<F> =
  F extends Field<infer T, infer _D> ? T : F extends Type<infer T, infer _D> ? T : never
type DraftOf<F> =
  F extends Field<infer _T, infer D> ? D : F extends Type<infer _T, infer D> ? D : never
type OptionalNames<S> = { [K in keyof S]: S[K] extends { options: unknown } ? K : never }[keyof S]
type Flat<T> = { [K in keyof T]: T[K] }

export type DecodedShape<S extends Shape> = { [K in keyof S]: TypeOf<S[K]> }
export type DraftShape<S extends Shape> = Flat<
  { readonly [K in Exclude<keyof S, OptionalNames<S>>]: DraftOf<S[K]> } & {
    readonly [K in OptionalNames<S>]?: DraftOf<S[K]> | undefined
  }
>

/** What decoding a message gives: `Decoded<typeof FetchRequest>`. */
export type Decoded<M> = M extends Message<infer T, infer _D> ? T : never
/** What encoding a message takes: fields declared with `field(…)` may be left out. */
export type Draft<M> = M extends Message<infer _T, infer D> ? D : never

function primitive<T>(
  kind: Kind,
  initial: T,
  sizeMin: number,
  read: (r: Reader) => T,
  write: (w: Writer, v: T) => void,
): Type<T> {
  const codec: Codec = { sizeMin, read, write: write as Codec['write'] }
  return { kind, initial, codec: () => codec }
}

export const int8 = primitive<number>(
  'int8',
  0,
  1,
  (r) => r.int8(),
  (w, v) => w.int8(v),
)
export const int16 = primitive<number>(
  'int16',
  0,
  2,
  (r) => r.int16(),
  (w, v) => w.int16(v),
)
export const uint16 = primitive<number>(
  'uint16',
  0,
  2,
  (r) => r.uint16(),
  (w, v) => w.uint16(v),
)
export const int32 = primitive<number>(
  'int32',
  0,
  4,
  (r) => r.int32(),
  (w, v) => w.int32(v),
)
export const uint32 = primitive<number>(
  'uint32',
  0,
  4,
  (r) => r.uint32(),
  (w, v) => w.uint32(v),
)
export const int64 = primitive<number>(
  'int64',
  0,
  8,
  (r) => r.int64(),
  (w, v) => w.int64(v),
)
export const float64 = primitive<number>(
  'float64',
  0,
  8,
  (r) => r.float64(),
  (w, v) => w.float64(v),
)
export const bool = primitive<boolean>(
  'bool',
  false,
  1,
  (r) => r.bool(),
  (w, v) => w.bool(v),
)
export const uuid = primitive<Uuid>(
  'uuid',
  ZERO_UUID,
  16,
  (r) => r.uuid(),
  (w, v) => w.uuid(v),
)

function notNull<T>(value: T | null, what: string): T {
  if (value === null)
    throw new WireError(`Cannot read a null ${what}: the version does not allow null`)
  return value
}

function readLength(reader: Reader, flexible: boolean, wide: boolean): number {
  const length = flexible ? reader.uvarint() - 1 : wide ? reader.int32() : reader.int16()
  if (length < -1) throw new WireError(`Cannot read a field of length ${length}`)
  return length
}

function writeLength(writer: Writer, length: number, flexible: boolean, wide: boolean): void {
  if (flexible) writer.uvarint(length + 1)
  else if (wide) writer.int32(length)
  else {
    if (length > 0x7fff)
      throw new WireError(`Cannot write a string of ${length} bytes: at most 32767`)
    writer.int16(length)
  }
}

function stringCodec({ flexible, nullable }: Context): Codec {
  return {
    sizeMin: flexible ? 1 : 2,
    read(reader) {
      const length = readLength(reader, flexible, false)
      if (length < 0) return nullable ? null : notNull(null, 'string')
      return reader.utf8(length)
    },
    write(writer, value) {
      if (value === null) {
        assert(nullable, 'Cannot write a null string in this version')
        return writeLength(writer, -1, flexible, false)
      }
      const text = value as string
      const size = Buffer.byteLength(text)
      writeLength(writer, size, flexible, false)
      writer.utf8(text, size)
    },
  }
}

function bytesCodec({ flexible, nullable }: Context): Codec {
  return {
    sizeMin: flexible ? 1 : 4,
    read(reader) {
      const length = readLength(reader, flexible, true)
      if (length < 0) return nullable ? null : notNull(null, 'bytes')
      return reader.bytes(length)
    },
    write(writer, value) {
      if (value === null) {
        assert(nullable, 'Cannot write null bytes in this version')
        return writeLength(writer, -1, flexible, true)
      }
      if (Array.isArray(value)) {
        const parts = value as Buffer[]
        let size = 0
        for (const part of parts) size += part.length
        writeLength(writer, size, flexible, true)
        for (const part of parts) writer.bytes(part)
        return
      }
      const bytes = value as Uint8Array
      writeLength(writer, bytes.length, flexible, true)
      writer.bytes(bytes)
    },
  }
}

export const string: Type<string> = { kind: 'string', initial: '', codec: stringCodec }
export const bytes: Type<Buffer, Uint8Array> = {
  kind: 'bytes',
  initial: Buffer.alloc(0),
  codec: bytesCodec,
}
/** Record batches, opaque. Encoding also takes several buffers, written one after another. */
export const records: Type<Buffer | null, Uint8Array | readonly Uint8Array[] | null> = {
  kind: 'records',
  initial: null,
  nullableSince: 0,
  codec: bytesCodec,
}

/** Allows null from version `since` on. */
export function nullable<T, D>(type: Type<T, D>, since = 0): Type<T | null, D | null> {
  return { ...type, nullableSince: since } as Type<T | null, D | null>
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
  const element = isType(of) ? of : struct(of)
  return {
    kind: 'array',
    initial: [],
    element: element as Type,
    codec: (context) => arrayCodec(element as Type, context),
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

function defaultStruct(fields: Shape): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(fields)) value[name] = fallbackOf(fieldOf(entry))
  return value
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
    const content = reader.bytes(size)
    if (known === undefined) continue
    const inner = new Reader(content)
    value[known.name] = known.codec.read(inner)
    if (inner.remaining > 0)
      throw new WireError(`Cannot read tagged field ${tag}: ${inner.remaining} bytes left over`)
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
  const present = tagged.filter(({ name, fallback }) => !isDefault(draft[name], fallback))
  writer.uvarint(present.length)
  for (const { name, tag, codec } of present) {
    const inner = new Writer(64)
    codec.write(inner, draft[name])
    writer.uvarint(tag)
    writer.uvarint(inner.size)
    writer.append(inner)
  }
}

export interface MessageInfo {
  /** Kafka's name of the schema, e.g. `FetchRequest`. */
  readonly name: string
  /** API key, or type of a record; undefined for what has none. */
  readonly key?: number
  /** First and last version, both inclusive. */
  readonly versions: readonly [first: number, last: number]
  /** First flexible version; undefined: none. */
  readonly flexibleSince?: number
}

/** A schema bound to its codecs. */
export interface Message<T, D> extends MessageInfo {
  readonly shape: Shape
  isFlexible(version: number): boolean
  /** Reads one message. Throws {@link WireError} on bad bytes; the caller has checked the version. */
  decode(reader: Reader, version: number): T
  encode(writer: Writer, version: number, draft: D): void
  /** The message alone, as one buffer. */
  toBuffer(version: number, draft: D): Buffer
}

export function message<S extends Shape>(
  info: MessageInfo,
  shape: S,
): Message<DecodedShape<S>, DraftShape<S>> {
  const [first, last] = info.versions
  const { flexibleSince = Infinity } = info
  const type = struct(shape)
  const codecs: Codec[] = []
  const codecFor = (version: number): Codec => {
    const known = codecs[version]
    if (known !== undefined) return known
    assert(version >= first && version <= last, `${info.name} has no version ${version}`)
    return (codecs[version] = type.codec({
      version,
      flexible: version >= flexibleSince,
      nullable: false,
    }))
  }
  return {
    ...info,
    shape,
    isFlexible: (version) => version >= flexibleSince,
    decode: (reader, version) => codecFor(version).read(reader) as DecodedShape<S>,
    encode: (writer, version, draft) => codecFor(version).write(writer, draft),
    toBuffer(version, draft) {
      const writer = new Writer()
      codecFor(version).write(writer, draft)
      return writer.toBuffer()
    },
  }
}
