/** How much memory the records of one batch may take once decompressed. */

const MIB = 1024 * 1024

/** Accepted from every batch, however small: a client's buffer of equal lines compresses a thousandfold. */
const PRODUCED_ALWAYS_BYTES = 8 * MIB
/** Accepted from a batch that is itself large; more would hold the event loop and its memory for too long. */
const PRODUCED_RATIO = 64
const PRODUCED_RATIO_UP_TO_BYTES = 24 * MIB

/** Of one produced batch: each is looked at, so that this, too, is a matter of time. No client is known to put more into one. */
export const PRODUCED_RECORDS_MAX = 500_000

/**
 * Records whose offsets do not count 0, 1, 2 … are written anew up to this size, as Kafka does at any size. No client of today sends them, and
 * a large batch of small records would hold the event loop for a second.
 */
export const RENUMBERED_BYTES_MAX = 512 * 1024

/** For readers that name no limit: batches of a log, which the gateway (or Apache Kafka) has already taken. */
export const READ_LIMIT_BYTES = 256 * MIB

/**
 * How far the gateway decompresses a produced batch of `sizeBytes`. Kafka has no limit here. Nothing that the topic
 * would take uncompressed is refused for being compressed, so `maxMessageBytes` is a lower bound as well.
 */
export function producedLimitBytes(sizeBytes: number, maxMessageBytes: number): number {
  const byRatio = Math.min(PRODUCED_RATIO * sizeBytes, PRODUCED_RATIO_UP_TO_BYTES)
  return Math.max(PRODUCED_ALWAYS_BYTES, maxMessageBytes, byRatio)
}
