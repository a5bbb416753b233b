/**
 * LEB128 varints, as the protocol (unsigned, for compact lengths and tags) and record batches
 * (zig-zag signed) use them. Positions are byte positions; a reader reports the next one through
 * `next`, because returning a pair would allocate on the hot path.
 */

/** Where the last `read…` call stopped: the position after the varint, or -1 when it was malformed. */
export let next = 0

/** Reads an unsigned varint of at most five bytes (32 bits). Sets {@link next} to -1 on bad input. */
export function readUvarint32(buffer: Uint8Array, position: number, end: number): number {
  let value = 0
  for (let i = 0; i < 5; i++) {
    if (position + i >= end) break
    const byte = buffer[position + i] as number
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (value > 0xffff_ffff) break
      next = position + i + 1
      return value
    }
  }
  next = -1
  return 0
}

/** Reads a zig-zag varint of 32 bits. Sets {@link next} to -1 on bad input. */
export function readVarint32(buffer: Uint8Array, position: number, end: number): number {
  const byte = buffer[position] as number
  if (position < end && byte < 0x80) {
    next = position + 1
    return (byte >>> 1) ^ -(byte & 1)
  }
  const raw = readUvarint32(buffer, position, end)
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
}

/**
 * Reads a zig-zag varint of 64 bits as a number (exact within ±2^53).
 * Sets {@link next} to -1 on bad input.
 */
export function readVarint64(buffer: Uint8Array, position: number, end: number): number {
  let low = 0
  let high = 0
  for (let i = 0; i < 10; i++) {
    if (position + i >= end) break
    const byte = buffer[position + i] as number
    if (i < 4) low += (byte & 0x7f) * 2 ** (7 * i)
    else high += (byte & 0x7f) * 2 ** (7 * (i - 4))
    if (byte < 0x80) {
      next = position + i + 1
      const odd = low % 2 === 1
      const half = high * 0x800_0000 + (odd ? (low - 1) / 2 : low / 2)
      return odd ? -half - 1 : half
    }
  }
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

/** Zig-zag: 0, -1, 1, -2 … becomes 0, 1, 2, 3 … */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

/** Bytes that {@link writeVarint} takes for `value`. */
export function varintSize(value: number): number {
  return uvarintSize(zigzag(value))
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

/** Writes a zig-zag varint; returns the position after it. */
export function writeVarint(buffer: Uint8Array, value: number, position: number): number {
  return writeUvarint(buffer, zigzag(value), position)
}
