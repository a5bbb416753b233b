/**
 * The configuration of one log: Kafka's topic configs, resolved to numbers. -1 or Infinity means "no limit" where Kafka says so.
 * A log takes a new one at any time; it holds from the next operation on.
 */
export interface LogConfig {
  /** `segment.bytes`: a segment never grows beyond this. */
  readonly segmentBytes: number
  /** `segment.ms`: a segment rolls when it holds records this far apart. */
  readonly segmentMs: number
  /** `segment.jitter.ms`: at most this is taken off `segmentMs`, differently for each segment. */
  readonly segmentJitterMs: number
  /** `index.interval.bytes`: bytes of batches between two index entries. */
  readonly indexIntervalBytes: number
  /** `segment.index.bytes`: a full index rolls the segment. */
  readonly indexSizeMaxBytes: number
  /** `retention.ms`; -1: for ever. */
  readonly retentionMs: number
  /** `retention.bytes`; -1: no limit. */
  readonly retentionBytes: number
  /** `flush.messages`: the append that makes this many records unflushed is acknowledged after a flush. */
  readonly flushMessages: number
  /** `flush.ms`: nothing stays unflushed for longer. */
  readonly flushMs: number
  /** Every append is acknowledged after a flush (`flush.before.ack`, with `auto` already resolved). */
  readonly flushBeforeAck: boolean
  /** `cleanup.policy` has `delete`: retention by time and size applies. */
  readonly cleanupDelete: boolean
  /** `cleanup.policy` has `compact`: offsets may have gaps, keys are compacted. */
  readonly cleanupCompact: boolean
  /** `file.delete.delay.ms`: between the rename and the removal of a file. */
  readonly fileDeleteDelayMs: number
  /** `preallocate`: a new segment file gets its full size at once. */
  readonly preallocate: boolean
  /** `max.message.bytes`: the largest batch; a bound for what one read may take. */
  readonly maxMessageBytes: number
}

/** Apache Kafka 4.x's defaults. */
export const LOG_CONFIG_DEFAULTS: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  segmentJitterMs: 0,
  indexIntervalBytes: 4096,
  indexSizeMaxBytes: 10 * 1024 * 1024,
  retentionMs: 7 * 24 * 60 * 60 * 1000,
  retentionBytes: -1,
  flushMessages: Infinity,
  flushMs: Infinity,
  flushBeforeAck: false,
  cleanupDelete: true,
  cleanupCompact: false,
  fileDeleteDelayMs: 60_000,
  preallocate: false,
  maxMessageBytes: 1_048_588,
}
