export { assert, AssertionError, present, unreachable } from './assert.ts'
export { BufferPool } from './buffer-pool.ts'
export { crc32c } from './crc32c.ts'
export {
  INT16_MAX,
  INT32_MAX,
  INT32_MIN,
  INT64_MAX,
  INT64_MIN,
  readInt64,
  writeInt64,
} from './int64.ts'
export { Prng } from './prng.ts'
export {
  isUuid,
  METADATA_TOPIC_ID,
  randomUuid,
  uuidFromBytes,
  uuidToBytes,
  ZERO_UUID,
} from './uuid.ts'
export type { Uuid } from './uuid.ts'
export * as varint from './varint.ts'
