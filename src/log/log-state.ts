import { present } from '../base/index.ts'
import type { LogConfig } from './config.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LogEnv } from './log-env.ts'
import type { LogFlush } from './log-flush.ts'
import { LEADER_EPOCHS } from './names.ts'
import { encodeEpochs } from './checkpoint-text.ts'
import type { Producers } from './producers.ts'
import type { ReadHints } from './read-hints.ts'
import type { Segment } from './segment.ts'
import type { Snapshots } from './snapshots.ts'

/** A log that is loaded: what its files mean. The functions of this room work on it, one file per subject. */
export interface LogState {
  readonly env: LogEnv
  /** Directory of the partition. */
  readonly path: string
  /** `topic-partition`, for messages. */
  readonly name: string
  config: LogConfig
  /** Ascending by base offset; the last one is appended to. Never empty. */
  segments: Segment[]
  logStart: number
  /** Segments that were taken off the beginning are being removed; never rejects. */
  retiring: Promise<void> | null
  /** By DeleteRecords, not by retention alone. */
  startWasAsked: boolean
  logEnd: number
  /** A sync covers all below. Not above the log end. */
  durableEnd: number
  /** All below is verified, flushed and indexed: recovery begins here. Not above the durable end. */
  recoveryPoint: number
  highWatermark: number
  readonly producers: Producers
  readonly epochs: LeaderEpochs
  readonly snapshots: Snapshots
  readonly hints: ReadHints
  readonly flush: LogFlush
  /** Offsets from here on were written by this process lately: their bytes are in the page cache. */
  hotStart: number
  /** What {@link hotStart} becomes when enough was appended. */
  hotNext: number
  /** Bytes appended since {@link hotNext}. */
  hotBytes: number
  /** Monotonic clock of the last append. */
  appendedAtMs: number
  /** Bytes appended since the log was last settled. */
  unsettledBytes: number
  /** Bytes appended since the last producer snapshot. */
  unsnapshottedBytes: number
  /** Monotonic clock when the log became dirty; null while it is not. */
  dirtySinceMs: number | null
  /** A settling is under way, or waits for a truncation to end. */
  settling: boolean
  /** Names in the partition's directory that no sync covers. */
  entriesUnsynced: boolean
  /** The partition's own name in the log dir, and its `partition.metadata`, that no sync covers. */
  birthUnsynced: boolean
  /** Epochs that `leader-epoch-checkpoint` does not have yet: it is written with the first record of an epoch. */
  epochsStale: boolean
  epochsUnsynced: boolean
  /** How often records were taken off the end: a flush that spans one of these proves nothing. */
  truncations: number
  /** Written to since it was loaded. */
  touched: boolean
  closed: boolean
}

export function activeSegment(log: LogState): Segment {
  return present(log.segments.at(-1), 'a log has at least one segment')
}

/** The segment that holds `offset` or, after compaction, the one in front of the gap; null when all begin later. */
export function segmentAt(log: LogState, offset: number): Segment | null {
  const { segments } = log
  let [low, high] = [0, segments.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((segments[middle] as Segment).baseOffset <= offset) low = middle + 1
    else high = middle
  }
  return segments[low - 1] ?? null
}

export function segmentAfter(log: LogState, segment: Segment): Segment | null {
  return log.segments.find(({ baseOffset }) => baseOffset > segment.baseOffset) ?? null
}

/** Offset where a segment's records end (exclusive). */
export function offsetEndOfSegment(log: LogState, segment: Segment): number {
  return segmentAfter(log, segment)?.baseOffset ?? log.logEnd
}

export function sizeOf(log: LogState): number {
  let sizeBytes = 0
  for (const segment of log.segments) sizeBytes += segment.sizeBytes
  return sizeBytes
}

/** Bytes that no completed sync covers. */
export function dirtyBytesOf(log: LogState): number {
  let dirtyBytes = 0
  for (const segment of log.segments) dirtyBytes += segment.sizeBytes - segment.syncedBytes
  return dirtyBytes
}

/** Writes `leader-epoch-checkpoint`, not synced: a settling syncs it before the recovery point passes what it tells. */
export function writeEpochs(log: LogState): void {
  const { disk } = log.env.files
  const path = `${log.path}/${LEADER_EPOCHS}`
  disk.writeFile(`${path}.tmp`, Buffer.from(encodeEpochs(log.epochs.entries)))
  disk.rename(`${path}.tmp`, path)
  log.epochsStale = false
  log.epochsUnsynced = true
  log.entriesUnsynced = true
}
