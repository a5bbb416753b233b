export { Reader, WireError } from './reader.ts'
export {
  array,
  bool,
  bytes,
  field,
  float64,
  int16,
  int32,
  int64,
  int8,
  message,
  nullable,
  records,
  string,
  struct,
  uint16,
  uint32,
  uuid,
} from './schema.ts'
export type {
  Decoded,
  DecodedShape,
  Draft,
  DraftShape,
  Field,
  FieldOptions,
  Kind,
  Message,
  MessageInfo,
  Shape,
  Type,
} from './schema.ts'
export { Writer } from './writer.ts'
