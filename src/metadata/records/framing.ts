import { assert, present } from '../../base/index.ts'
import { Reader, WireError, Writer } from '../../wire/index.ts'
import type { Message } from '../../wire/index.ts'
import { MetadataError } from '../error.ts'
import type { MetadataRecord, MetadataRecordType } from './record.ts'
import { recordSchemas } from './record.ts'
import { recordVersion } from './version.ts'

/**
 * The value of a record in the metadata log: frame version, record type and record version as unsigned
 * varints, then the message (AbstractApiMessageSerde in Apache Kafka). Frame version 0 was the preview
 * of 2.8.
 */
const FRAME_VERSION = 1

const typeByKey: ReadonlyMap<number, MetadataRecordType> = new Map(
  Object.entries(recordSchemas).map(([type, { key }]) => [
    present(key, `Metadata record '${type}' has no type number`),
    type as MetadataRecordType,
  ]),
)

/** The record value for the log, in the record version that `metadataVersion` asks for. */
export function encodeRecord(record: MetadataRecord, metadataVersion: number): Buffer {
  return encodeRecordAs(record, recordVersion(record, metadataVersion))
}

/** The record value in a given record version. */
export function encodeRecordAs(record: MetadataRecord, version: number): Buffer {
  const schema = schemaOf(record.type)
  assert(schema.key !== undefined, `Metadata record '${record.type}' has no type number`)
  const writer = new Writer(128)
  writer.uvarint(FRAME_VERSION)
  writer.uvarint(schema.key)
  writer.uvarint(version)
  schema.encode(writer, version, record.value)
  return writer.toBuffer()
}

/**
 * Reads a record value. Byte fields of the result are views on `value`.
 *
 * @throws MetadataError `UNSUPPORTED_RECORD` or `MALFORMED_RECORD`
 */
export function decodeRecord(value: Buffer): MetadataRecord {
  try {
    return decodeFrame(new Reader(value))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new MetadataError(
      'MALFORMED_RECORD',
      `Cannot read a metadata record of ${value.length} bytes: ${error.message}`,
      { cause: error },
    )
  }
}

function decodeFrame(reader: Reader): MetadataRecord {
  const frameVersion = reader.uvarint()
  if (frameVersion !== FRAME_VERSION) {
    throw new MetadataError(
      'UNSUPPORTED_RECORD',
      `Cannot read a metadata record: frame version ${frameVersion}, known is ${FRAME_VERSION}`,
    )
  }
  const key = reader.uvarint()
  const version = reader.uvarint()
  const type = typeByKey.get(key)
  if (type === undefined) {
    throw new MetadataError(
      'UNSUPPORTED_RECORD',
      `Cannot read a metadata record: its type is ${key}, which no release up to 4.3 has`,
    )
  }
  const schema = schemaOf(type)
  const [first, last] = schema.versions
  if (version < first || version > last) {
    throw new MetadataError(
      'UNSUPPORTED_RECORD',
      `Cannot read a ${schema.name}: version ${version}, known are ${first} to ${last}`,
    )
  }
  const record = { type, value: schema.decode(reader, version) } as MetadataRecord
  if (reader.remaining > 0) {
    throw new WireError(`${reader.remaining} bytes left over after the ${schema.name}`)
  }
  return record
}

function schemaOf(type: MetadataRecordType): Message<unknown, unknown> {
  return recordSchemas[type]
}
