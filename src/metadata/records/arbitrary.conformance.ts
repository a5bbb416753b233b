import * as fc from 'fast-check'
import { uuidFromBytes } from '../../base/index.ts'
import type { Field, Shape, Type } from '../../wire/index.ts'
import { metadataRecord, recordSchemas } from './record.ts'
import type { MetadataRecord, MetadataRecordType } from './record.ts'

/** Any record that `version` of a schema can carry: fields the version lacks have their defaults. */
export function anyRecord(type: MetadataRecordType, version: number): fc.Arbitrary<MetadataRecord> {
  return shapeOf(recordSchemas[type].shape, version).map((draft) => {
    return metadataRecord(type, draft as never)
  })
}

function shapeOf(shape: Shape, version: number): fc.Arbitrary<Record<string, unknown>> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [name, entry] of Object.entries(shape)) {
    const { type, options }: Field = 'options' in entry ? entry : { type: entry, options: {} }
    if (version >= (options.since ?? 0)) fields[name] = valueOf(type, version)
  }
  return fc.record(fields)
}

function valueOf(type: Type, version: number): fc.Arbitrary<unknown> {
  const value = plainValueOf(type, version)
  const nullable = type.nullableSince !== undefined && version >= type.nullableSince
  return nullable ? fc.option(value, { nil: null }) : value
}

function plainValueOf(type: Type, version: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'int8':
      return fc.integer({ min: -128, max: 127 })
    case 'int16':
      return fc.integer({ min: -32_768, max: 32_767 })
    case 'uint16':
      return fc.integer({ min: 0, max: 65_535 })
    case 'int32':
      return fc.integer()
    case 'int64':
      return fc.maxSafeInteger()
    case 'float64':
      return fc.double({ noNaN: true })
    case 'bool':
      return fc.boolean()
    case 'string':
      return fc.string({ maxLength: 20, unit: 'grapheme' })
    case 'uuid':
      return fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((b) => uuidFromBytes(Buffer.from(b)))
    case 'bytes':
      return fc.uint8Array({ maxLength: 20 }).map((b) => Buffer.from(b))
    case 'array':
      return fc.array(valueOf(type.element as Type, version), { maxLength: 4 })
    case 'struct':
      return shapeOf(type.fields as Shape, version)
    default:
      throw new Error(`No metadata record has a field of kind ${type.kind}`)
  }
}
