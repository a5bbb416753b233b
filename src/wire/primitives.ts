/** The primitive types: numbers, ids, strings, bytes. */
import { assert, ZERO_UUID } from '../base/index.ts'
import type { Uuid } from '../base/index.ts'
import { WireError } from './reader.ts'
import type { Reader } from './reader.ts'
import type { Codec, Context, Kind, Type } from './types.ts'
import type { Writer } from './writer.ts'

function primitive<T>(
  kind: Kind,
  initial: T,
  sizeMin: number,
  read: (r: Reader) => T,
  write: (w: Writer, v: T) => void,
): Type<T> {
  const codec: Codec = { sizeMin, read, write }
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

export function notNull<T>(value: T | null, what: string): T {
  if (value === null)
    throw new WireError(`Cannot read a null ${what}: the version does not allow null`)
  return value
}

/** Kafka's bound for every string; the old encoding has no room for more. */
const STRING_BYTES_MAX = 0x7fff

function readLength(reader: Reader, flexible: boolean, wide: boolean): number {
  const length = flexible ? reader.uvarint() - 1 : wide ? reader.int32() : reader.int16()
  if (length < -1) throw new WireError(`Cannot read a field of length ${length}`)
  return length
}

export function writeLength(
  writer: Writer,
  length: number,
  flexible: boolean,
  wide: boolean,
): void {
  if (!wide && length > STRING_BYTES_MAX) {
    throw new WireError(`Cannot write a string of ${length} bytes: at most ${STRING_BYTES_MAX}`)
  }
  if (flexible) writer.uvarint(length + 1)
  else if (wide) writer.int32(length)
  else writer.int16(length)
}

function stringCodec({ flexible, nullable }: Context): Codec {
  return {
    sizeMin: flexible ? 1 : 2,
    read(reader) {
      const length = readLength(reader, flexible, false)
      if (length < 0) return nullable ? null : notNull(null, 'string')
      if (length > STRING_BYTES_MAX) {
        throw new WireError(`Cannot read a string of ${length} bytes: at most ${STRING_BYTES_MAX}`)
      }
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

/** Record batches that are always there, if only as zero bytes. */
export const requiredRecords: Type<Buffer, Uint8Array | readonly Uint8Array[]> = {
  kind: 'records',
  initial: Buffer.alloc(0),
  codec: bytesCodec,
}
