export { array, field, nullable, struct } from './composites.ts'
export { message } from './message.ts'
export type { Decoded, Draft, Message, MessageInfo } from './message.ts'
export {
  bool,
  bytes,
  float64,
  int16,
  int32,
  int64,
  int8,
  records,
  requiredRecords,
  string,
  uint16,
  uint32,
  uuid,
} from './primitives.ts'
export { Reader, WireError } from './reader.ts'
export type { DecodedShape, DraftShape, Field, FieldOptions, Kind, Shape, Type } from './types.ts'
export { Writer } from './writer.ts'
