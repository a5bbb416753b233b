/** The types of the schema language, without their codecs: see message.ts for the whole. */
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

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

/** Reads and writes one type in one version. Values are untyped here; a message restores the types. */
export interface Codec {
  readonly sizeMin: number
  read(reader: Reader): unknown
  write(writer: Writer, value: unknown): void
}

export interface Context {
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
