import type { Entropy } from '../../io/index.ts'

/** A random UUID (version 4) as text: what makes the id of a new member unique. Kafka's clients and tools show ids of this form. */
export function randomUniqueId(entropy: Entropy): string {
  const bytes = Buffer.from(entropy.randomBytes(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const parts = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ] as const
  return parts.map(([start, end]) => hex.slice(start, end)).join('-')
}
