/** Which partition a key belongs to: as Apache Kafka's Java client decides, so that all producers agree (BuiltInPartitioner, Utils.murmur2). */

const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

/** MurmurHash2, 32 bits, as a signed number. */
export function murmur2(data: Uint8Array): number {
  const size = data.length
  const tail = size & ~3
  let h = SEED ^ size
  for (let at = 0; at < tail; at += 4) {
    let k =
      byte(data, at) |
      (byte(data, at + 1) << 8) |
      (byte(data, at + 2) << 16) |
      (byte(data, at + 3) << 24)
    k = Math.imul(k, M)
    k ^= k >>> R
    k = Math.imul(k, M)
    h = Math.imul(h, M) ^ k
  }
  if (size > tail) {
    if (size - tail > 2) h ^= byte(data, tail + 2) << 16
    if (size - tail > 1) h ^= byte(data, tail + 1) << 8
    h = Math.imul(h ^ byte(data, tail), M)
  }
  h ^= h >>> 13
  h = Math.imul(h, M)
  return h ^ (h >>> 15)
}

function byte(data: Uint8Array, at: number): number {
  return data[at] ?? 0
}

export function partitionOfKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount
}
