/**
 * An int64 of the protocol is held as a `number` (decision: DESIGN.md section 4). Offsets, timestamps
 * and ids stay below 2^53; the sentinels below survive a round trip although they are not exact.
 */

/** Kafka's `Long.MAX_VALUE`. Written back as 0x7fff_ffff_ffff_ffff. */
export const INT64_MAX = 2 ** 63
/** Kafka's `Long.MIN_VALUE`. */
export const INT64_MIN = -(2 ** 63)
export const INT32_MAX = 2 ** 31 - 1
export const INT32_MIN = -(2 ** 31)
export const INT16_MAX = 2 ** 15 - 1

/** Reads a big-endian int64. Values beyond ±2^53 lose their low bits; ±2^63 stay recognisable. */
export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * 0x1_0000_0000 + buffer.readUInt32BE(position + 4)
}

/** Writes a big-endian int64, saturating at the two ends of the range. */
export function writeInt64(buffer: Buffer, value: number, position: number): void {
  if (value >= INT64_MAX) {
    buffer.writeInt32BE(0x7fff_ffff, position)
    buffer.writeUInt32BE(0xffff_ffff, position + 4)
    return
  }
  if (value <= INT64_MIN) {
    buffer.writeInt32BE(-0x8000_0000, position)
    buffer.writeUInt32BE(0, position + 4)
    return
  }
  const high = Math.floor(value / 0x1_0000_0000)
  buffer.writeInt32BE(high, position)
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, position + 4)
}
