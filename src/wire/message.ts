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
import { assert } from '../base/index.ts'
import { struct } from './composites.ts'
import type { Reader } from './reader.ts'
import type { Codec, DecodedShape, DraftShape, Shape } from './types.ts'
import { Writer } from './writer.ts'

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
    decode(reader, version) {
      const codec = codecFor(version)
      reader.beginMessage()
      return codec.read(reader) as DecodedShape<S>
    },
    encode: (writer, version, draft) => codecFor(version).write(writer, draft),
    toBuffer(version, draft) {
      const writer = new Writer()
      codecFor(version).write(writer, draft)
      return writer.toBuffer()
    },
  }
}

/** What decoding a message gives: `Decoded<typeof FetchRequest>`. */
export type Decoded<M> = M extends Message<infer T, infer _D> ? T : never
/** What encoding a message takes: fields declared with `field(…)` may be left out. */
export type Draft<M> = M extends Message<infer _T, infer D> ? D : never
