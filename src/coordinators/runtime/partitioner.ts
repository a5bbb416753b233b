import { INT32_MIN } from '../../base/index.ts'

/** Java's `String.hashCode`, an int32, over UTF-16 code units. */
export function javaStringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

/**
 * The partition of an internal topic that holds the state of `key` (a group id or transactional id). Every
 * broker and client must agree on it, for the leader of that partition is the coordinator (org.apache.kafka.common.utils.Utils.abs).
 */
export function coordinatorPartition(key: string, partitionCount: number): number {
  const hash = javaStringHash(key)
  return (hash === INT32_MIN ? 0 : Math.abs(hash)) % partitionCount
}
