/**
 * LEB128 varints, as the protocol (unsigned, for compact lengths and tags) and record batches
 * (zig-zag signed) use them. Positions are byte positions; a reader reports the next one through
 * `next`, because returning a pair would allocate on the hot path.
 */

/** Where the last `read…` call stopped: the position after the varint, or -1 when it was malformed. */
export let next = 0

/** The 28 bits of four bytes are the most that integer arithmetic holds without care. */
const BITS_OF_FOUR_BYTES = 28

/** Reads an unsigned varint of at most five bytes (32 bits). Sets {@link next} to -1 on bad input. */
export function readUvarint32(buffer: Uint8Array, position: number, end: number): number {
  let value = 0
  for (let shift = 0; shift < BITS_OF_FOUR_BYTES; shift += 7) {
    if (position >= end) return malformed()
    const byte = buffer[position++] as number
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      next = position
      return value
    }
  }
  if (position >= end) return malformed()
  const last = buffer[position++] as number
  if (last > 0x0f) return malformed()
  next = position
  return value + last * 2 ** BITS_OF_FOUR_BYTES
}

/** Reads a zig-zag varint of 32 bits. Sets {@link next} to -1 on bad input. */
export function readVarint32(buffer: Uint8Array, position: number, end: number): number {
  const raw = readUvarint32(buffer, position, end)
  return (raw >>> 1) ^ -(raw & 1)
}

/**
 * Reads a zig-zag varint of 64 bits as a number (exact within ±2^53).
 * Sets {@link next} to -1 on bad input.
 */
export function readVarint64(buffer: Uint8Array, position: number, end: number): number {
  let low = 0
  for (let shift = 0; shift < BITS_OF_FOUR_BYTES; shift += 7) {
    if (position >= end) return malformed()
    const byte = buffer[position++] as number
    low |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      next = position
      return (low >>> 1) ^ -(low & 1)
    }
  }
  return readHighBytes(buffer, position, end, low)
}

/** The fifth to tenth byte of a 64-bit varint whose first four gave `low`. */
function readHighBytes(buffer: Uint8Array, position: number, end: number, low: number): number {
  let high = 0
  let scale = 1
  for (let i = 4; i < 10; i++) {
    if (position >= end) return malformed()
    const byte = buffer[position++] as number
    if (i === 9 && byte > 1) return malformed()
    high += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte < 0x80) {
      next = position
      const half = high * 0x800_0000 + (low >>> 1)
      return (low & 1) === 1 ? -half - 1 : half
    }
  }
  return malformed()
}

function malformed(): number {
  next = -1
  return 0
}

/** Bytes that {@link writeUvarint} takes for `value`. */
export function uvarintSize(value: number): number {
  let size = 1
  while (value >= 0x80) {
    value = Math.floor(value / 0x80)
    size += 1
  }
  return size
}

/** Bytes that {@link writeVarint} takes for `value`. */
export function varintSize(value: number): number {
  const magnitude = value >= 0 ? value : -value - 1
  return magnitude < 0x40 ? 1 : 1 + uvarintSize(Math.floor(magnitude / 0x40))
}

/** Writes an unsigned varint; returns the position after it. */
export function writeUvarint(buffer: Uint8Array, value: number, position: number): number {
  while (value >= 0x80) {
    buffer[position++] = (value % 0x80) | 0x80
    value = Math.floor(value / 0x80)
  }
  buffer[position++] = value
  return position
}

/**
 * Writes a zig-zag varint (0, -1, 1, -2 … become 0, 1, 2, 3 …); returns the position after it.
 * Exact within ±2^53: twice the value is never formed.
 */
export function writeVarint(buffer: Uint8Array, value: number, position: number): number {
  const sign = value >= 0 ? 0 : 1
  const magnitude = sign === 0 ? value : -value - 1
  const low = ((magnitude % 0x40) << 1) | sign
  if (magnitude < 0x40) {
    buffer[position++] = low
    return position
  }
  buffer[position++] = low | 0x80
  return writeUvarint(buffer, Math.floor(magnitude / 0x40), position)
}
