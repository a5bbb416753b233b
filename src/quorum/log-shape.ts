/**
 * What the core knows of its log: where it begins and ends, which epoch wrote which part. Enough to compare two logs without looking at a record (KIP-101,
 * KIP-595, KIP-630).
 */
import { assert } from '../base/index.ts'
import type { SnapshotId } from './snapshot-file.ts'

export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

export interface LogShape {
  /** What lies before the log's first record: its start, and the epoch of the record in front of it. 0 and 0 for a log that begins at the beginning. */
  readonly base: SnapshotId
  /** Epochs of the log's records, ascending, each with its first offset at or after the base. */
  readonly epochs: readonly EpochStart[]
  /** One past the last record. */
  readonly end: number
  /** All below is on this node's disk. */
  readonly durableEnd: number
  /** The newest snapshot besides that of formatting; null: none. */
  readonly snapshot: SnapshotId | null
}

export const emptyLog: LogShape = {
  base: { offsetEnd: 0, epoch: 0 },
  epochs: [],
  end: 0,
  durableEnd: 0,
  snapshot: null,
}

/** Epoch of the last record; of the snapshot that the log goes on from when it has none; 0 at the very beginning. */
export function lastEpochOf({ base, epochs }: LogShape): number {
  return epochs.at(-1)?.epoch ?? base.epoch
}

/** The log after a batch of `epoch` that goes from its end to `end`. */
export function withBatch(log: LogShape, epoch: number, end: number): LogShape {
  assert(end > log.end, `The log end must rise: from ${log.end} to ${end}`)
  const last = lastEpochOf(log)
  assert(epoch >= last, `The log's epochs must not fall: from ${last} to ${epoch}`)
  if (epoch === log.epochs.at(-1)?.epoch) return { ...log, end }
  return { ...log, end, epochs: [...log.epochs, { epoch, startOffset: log.end }] }
}

/** The log without what lies at or beyond `end`. */
export function truncated(log: LogShape, end: number): LogShape {
  assert(end >= log.base.offsetEnd && end <= log.end, `Cannot truncate to ${end}`)
  const epochs = log.epochs.filter(({ startOffset }) => startOffset < end)
  return { ...log, end, epochs, durableEnd: Math.min(log.durableEnd, end) }
}

/** The log once its records before `base` are gone. */
export function startingAt(log: LogShape, base: SnapshotId): LogShape {
  if (base.offsetEnd <= log.base.offsetEnd) return log
  const before = log.epochs.filter(({ startOffset }) => startOffset < base.offsetEnd)
  const rest = log.epochs.slice(before.length)
  const holding = before.at(-1)
  const isCut =
    holding !== undefined &&
    base.offsetEnd < log.end &&
    (rest[0]?.startOffset ?? log.end) > base.offsetEnd
  const first = isCut ? [{ epoch: holding.epoch, startOffset: base.offsetEnd }] : []
  return { ...log, base, epochs: [...first, ...rest] }
}

/** The log that begins anew after a snapshot. */
export function afterSnapshot(id: SnapshotId): LogShape {
  return { base: id, epochs: [], end: id.offsetEnd, durableEnd: id.offsetEnd, snapshot: id }
}

/** An epoch and the offset (exclusive) at which its records end. */
export interface EpochEnd {
  readonly epoch: number
  readonly endOffset: number
}

/** Where the largest epoch at or below `epoch` ends in this log; null: before the log's start. */
export function endOfEpoch(log: LogShape, epoch: number): EpochEnd | null {
  const index = log.epochs.findLastIndex((entry) => entry.epoch <= epoch)
  const endOffset = log.epochs[index + 1]?.startOffset ?? log.end
  const found = log.epochs[index]
  if (found !== undefined) return { epoch: found.epoch, endOffset }
  return log.base.epoch <= epoch ? { epoch: log.base.epoch, endOffset } : null
}

/** How the log of one who fetches relates to the leader's. */
export type Position =
  /** The same up to its end. */
  | { readonly kind: 'valid' }
  /** Not the same: the sender shall go back to where this epoch ends. */
  | { readonly kind: 'diverging'; readonly end: EpochEnd }
  /** The leader no longer has the records: a snapshot stands for them. */
  | { readonly kind: 'snapshot'; readonly id: SnapshotId }

/**
 * Compares the log of a sender, which ends at `offset` with a record of `lastEpoch`, with the leader's. An empty log gets the
 * newest snapshot where there is one: shorter than the whole log.
 */
export function compareLogs(log: LogShape, offset: number, lastEpoch: number): Position {
  const { base, snapshot } = log
  const viaSnapshot: Position = { kind: 'snapshot', id: snapshot ?? base }
  if (offset === 0) return snapshot === null ? { kind: 'valid' } : viaSnapshot
  if (offset < base.offsetEnd) return viaSnapshot
  if (offset === base.offsetEnd && base.offsetEnd > 0) {
    return lastEpoch === base.epoch ? { kind: 'valid' } : viaSnapshot
  }
  const end = endOfEpoch(log, lastEpoch)
  if (end === null) return viaSnapshot
  if (end.epoch === lastEpoch && offset <= end.endOffset) return { kind: 'valid' }
  return { kind: 'diverging', end }
}

/** Where a follower must cut its log, when the leader says that the logs part at `theirs`; null: below what the log still has. */
export function truncationFor(log: LogShape, theirs: EpochEnd): number | null {
  const own = endOfEpoch(log, theirs.epoch)
  if (own === null) return null
  const end = own.epoch === theirs.epoch ? Math.min(own.endOffset, theirs.endOffset) : own.endOffset
  return end < log.base.offsetEnd ? null : end
}
