import { createRequire } from 'node:module'

/**
 * CRC-32C (Castagnoli), the checksum of record batches and producer snapshots.
 *
 * Calls below {@link NATIVE_FROM} bytes run in JavaScript: crossing into native code costs more than
 * it saves there. Without the native module everything runs in JavaScript, slower, with equal results.
 */
const NATIVE_FROM = 128

const TABLE = makeTable()

function makeTable(): Uint32Array {
  const table = new Uint32Array(256)
  for (let n = 0; n < 256; n++) {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
    table[n] = crc >>> 0
  }
  return table
}

type Native = (data: Uint8Array, previous?: number) => number
const native = loadNative()

function loadNative(): Native | null {
  try {
    return (createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: Native }).crc32c
  } catch {
    return null // No prebuilt binary for this platform.
  }
}

function crc32cInJs(buffer: Uint8Array, start: number, end: number): number {
  let crc = 0xffff_ffff
  for (let i = start; i < end; i++) {
    crc = (TABLE[(crc ^ (buffer[i] as number)) & 0xff] as number) ^ (crc >>> 8)
  }
  return (crc ^ 0xffff_ffff) >>> 0
}

/** The CRC-32C of `buffer[start, end)`, as an unsigned 32-bit number. */
export function crc32c(buffer: Uint8Array, start = 0, end = buffer.length): number {
  if (native === null || end - start < NATIVE_FROM) return crc32cInJs(buffer, start, end)
  return native(buffer.subarray(start, end))
}
