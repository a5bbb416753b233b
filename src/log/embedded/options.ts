/** What a program may say when it opens a log, and what that means to the engine. */
import type { Clock, Disk, Entropy, LogLevel } from '../../io/index.ts'
import type { Codec } from '../../records/index.ts'
import { LOG_CONFIG_DEFAULTS } from '../config.ts'
import type { LogConfig } from '../config.ts'
import { LogError } from '../errors.ts'

/** The world as a log sees it. In production the machine's; in a test whatever stands for it. */
export interface LogIo {
  readonly disk: Disk
  readonly clock: Clock
  readonly entropy: Entropy
}

/** The state of a program, as of an offset. */
export interface StateAt {
  /** All records below this offset are in `data`, none at or above it. */
  readonly offset: number
  readonly data: Uint8Array
}

export interface SnapshotHook {
  /** A snapshot is taken when so many bytes were appended since the last one. */
  readonly everyBytes: number
  /** Called in a turn of its own; answers at once with the state and the offset that it has reached. */
  readonly take: () => StateAt
}

/** Something that the log wants a person to know. */
export interface LogEvent {
  readonly level: LogLevel
  /** A short stable name: `log.cut`, `log.damaged`, `log.dir.failed`, `log.snapshot.failed` ... */
  readonly event: string
  readonly message: string
}

export interface OpenLogOptions {
  /** A segment file never grows beyond this. Default 64 MiB. */
  readonly segmentBytes?: number
  /** A new segment begins when the records of one are this far apart. Default: never for that reason. */
  readonly segmentMs?: number
  /** Whole segments at the front go when their newest record is older. Default: never. */
  readonly retentionMs?: number
  /** Whole segments at the front go when the log is larger. Default: never. */
  readonly retentionBytes?: number
  /** How often retention is looked at. Default one minute. */
  readonly retentionCheckMs?: number
  /** What is appended together may be as large as this, with its records' overhead. Default 8 MiB. */
  readonly batchBytesMax?: number
  /** Nothing stays unflushed for longer, whether anybody waits for it or not. Default 5000. */
  readonly flushMs?: number
  /** Default 'uncompressed'. Reading needs no setting: each batch says how it was written. */
  readonly compression?: Codec
  /** Snapshots of the program's state that the log asks for by itself; what they cover is removed from the front of the log. */
  readonly snapshot?: SnapshotHook
  /** Hears what an operator should know. Default: nobody does. */
  readonly onEvent?: (event: LogEvent) => void
  /** Default: the machine's file system, clock and randomness. */
  readonly io?: LogIo
}

const MIB = 1024 * 1024
const SEGMENT_BYTES_MAX = 2 ** 31 - 1
/** The engine settles by age at this time in any case. */
const FLUSH_MS_DEFAULT = 5000

/** What options say when they say nothing. */
export const DEFAULTS = {
  segmentBytes: 64 * MIB,
  batchBytesMax: 8 * MIB,
  retentionCheckMs: 60_000,
} as const

/** Throws LogError INVALID. */
export function configOf(options: OpenLogOptions): LogConfig {
  const segmentBytes = within(options, 'segmentBytes', DEFAULTS.segmentBytes, 1024)
  const maxMessageBytes = within(options, 'batchBytesMax', DEFAULTS.batchBytesMax, 128)
  within(options, 'retentionCheckMs', DEFAULTS.retentionCheckMs, 1)
  if (segmentBytes > SEGMENT_BYTES_MAX) {
    throw invalid('segmentBytes', segmentBytes, `at most ${SEGMENT_BYTES_MAX}`)
  }
  return {
    ...LOG_CONFIG_DEFAULTS,
    segmentBytes,
    maxMessageBytes: Math.min(maxMessageBytes, segmentBytes),
    segmentMs: within(options, 'segmentMs', Infinity, 1),
    flushMs: within(options, 'flushMs', FLUSH_MS_DEFAULT, 1),
    retentionMs: unlimited(options, 'retentionMs'),
    retentionBytes: unlimited(options, 'retentionBytes'),
    fileDeleteDelayMs: 0,
  }
}

type NumberOption =
  | 'segmentBytes'
  | 'segmentMs'
  | 'retentionMs'
  | 'retentionBytes'
  | 'retentionCheckMs'
  | 'batchBytesMax'
  | 'flushMs'

function within(
  options: OpenLogOptions,
  name: NumberOption,
  otherwise: number,
  min: number,
): number {
  const value = options[name] ?? otherwise
  if (typeof value === 'number' && value >= min) return value
  throw invalid(name, value, `a number of at least ${min}`)
}

/** Kafka's -1 is this API's Infinity or nothing. */
function unlimited(options: OpenLogOptions, name: 'retentionMs' | 'retentionBytes'): number {
  const value = within(options, name, Infinity, 0)
  return value === Infinity ? -1 : value
}

function invalid(name: string, found: unknown, wanted: string): LogError {
  return new LogError('INVALID', `Cannot open a log: ${name} is ${String(found)}, need ${wanted}`)
}
