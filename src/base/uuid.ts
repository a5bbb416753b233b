import { assert } from './assert.ts'

/**
 * A 128-bit id in Kafka's text form: 22 characters of URL-safe base64 without padding
 * (org.apache.kafka.common.Uuid). Text, because ids are compared and used as map keys far more
 * often than they are written.
 */
export type Uuid = string

/** All zero: "no id" on the wire. */
export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Topic id of `__cluster_metadata`: (0, 1). */
export const METADATA_TOPIC_ID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'

export function uuidFromBytes(bytes: Buffer, position = 0): Uuid {
  return bytes.toString('base64url', position, position + 16)
}

export function uuidToBytes(uuid: Uuid): Buffer {
  const bytes = Buffer.from(uuid, 'base64url')
  assert(bytes.length === 16, `Cannot encode uuid '${uuid}': found ${bytes.length} bytes, need 16`)
  return bytes
}

/** True for the 22 characters that {@link uuidFromBytes} writes. */
export function isUuid(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text)
}

/**
 * A fresh random id (version 4 bits, as Kafka's), never one of the first 100 reserved values and never
 * beginning with '-', which command lines would take for an option.
 *
 * @param randomBytes the Entropy seam's source: `size` bytes
 */
export function randomUuid(randomBytes: (size: number) => Buffer): Uuid {
  for (;;) {
    const bytes = Buffer.from(randomBytes(16))
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const uuid = uuidFromBytes(bytes)
    if (!uuid.startsWith('-')) return uuid
  }
}
