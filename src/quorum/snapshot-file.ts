/**
 * Snapshots of the metadata log (KIP-630): the name `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint` and the content. Batches
 * are those of the log, with offsets counted from 0: a control batch with header (and, from kraft.version 1 on, kraft.version and
 * voters), data batches, a control batch with the footer. There is no checksum over the file: each batch has its own, and a file
 * without footer is not whole.
 */
import type { MetadataRecord } from '../metadata/index.ts'
import {
  buildControlBatch,
  offsetEndOf,
  readBatchHeader,
  readControlRecord,
  readRecords,
  verifyBatch,
  isControl,
} from '../records/index.ts'
import type { BatchHeader, ControlDraft } from '../records/index.ts'
import { Reader } from '../wire/index.ts'
import { messageOf } from './error.ts'
import { controlTypes, SnapshotFooterRecord, SnapshotHeaderRecord } from './control-records.ts'
import {
  buildMetadataBatch,
  foldFacts,
  noFacts,
  quorumDrafts,
  readMetadataRecords,
} from './metadata-batch.ts'
import type { QuorumFacts } from './metadata-batch.ts'

/** The state after all records below `offsetEnd`; `epoch` is that of the last of them. */
export interface SnapshotId {
  readonly offsetEnd: number
  readonly epoch: number
}

/** Written by formatting: it holds the first voters, and never stands for records of the log. */
export const BOOTSTRAP_SNAPSHOT: SnapshotId = { offsetEnd: 0, epoch: 0 }

/** The feature levels that the first leader writes into an empty log; lies in the metadata log dir itself. */
export const BOOTSTRAP_FILE = 'bootstrap.checkpoint'

const SUFFIX = '.checkpoint'
const NAME = /^(\d{20})-(\d{10})\.checkpoint$/

export function snapshotFileName({ offsetEnd, epoch }: SnapshotId): string {
  return `${String(offsetEnd).padStart(20, '0')}-${String(epoch).padStart(10, '0')}${SUFFIX}`
}

/** Null: not the name of a finished snapshot. */
export function parseSnapshotFileName(name: string): SnapshotId | null {
  const match = NAME.exec(name)
  return match === null ? null : { offsetEnd: Number(match[1]), epoch: Number(match[2]) }
}

export function isBootstrap({ offsetEnd, epoch }: SnapshotId): boolean {
  return offsetEnd === BOOTSTRAP_SNAPSHOT.offsetEnd && epoch === BOOTSTRAP_SNAPSHOT.epoch
}

export interface SnapshotDraft {
  /** Epoch that the file's batches bear. */
  readonly epoch: number
  /** Time of the last batch of the log that the snapshot stands for. */
  readonly lastContainedLogTimestampMs: number
  readonly nowMs: number
  readonly facts: QuorumFacts
  /** Framed metadata records. */
  readonly values: Iterable<Buffer>
}

/** Small enough that encoding one does not hold up the loop, large enough to need few. */
const DATA_BATCH_SIZE = 256 * 1024

/** The file, batch by batch. */
export function* encodeSnapshot(draft: SnapshotDraft): Generator<Buffer> {
  const { epoch: leaderEpoch, nowMs: timestampMs, facts } = draft
  const header = SnapshotHeaderRecord.toBuffer(0, {
    version: 0,
    lastContainedLogTimestamp: draft.lastContainedLogTimestampMs,
  })
  const drafts: ControlDraft[] = [{ type: controlTypes.snapshotHeader, value: header }]
  if (facts.kraftVersion > 0) drafts.push(...quorumDrafts(facts.kraftVersion, facts.voters ?? []))
  yield buildControlBatch(drafts, { baseOffset: 0, leaderEpoch, timestampMs })

  let baseOffset = drafts.length
  let pending: Buffer[] = []
  let pendingBytes = 0
  const flush = (): Buffer => {
    const batch = buildMetadataBatch(pending, { baseOffset, leaderEpoch, timestampMs })
    baseOffset += pending.length
    pending = []
    pendingBytes = 0
    return batch
  }
  for (const value of draft.values) {
    if (pendingBytes + value.length > DATA_BATCH_SIZE && pending.length > 0) yield flush()
    pending.push(value)
    pendingBytes += value.length
  }
  if (pending.length > 0) yield flush()
  const footer = SnapshotFooterRecord.toBuffer(0, { version: 0 })
  const footerDraft = { type: controlTypes.snapshotFooter, value: footer }
  yield buildControlBatch([footerDraft], { baseOffset, leaderEpoch, timestampMs })
}

export interface Snapshot {
  readonly lastContainedLogTimestampMs: number
  readonly facts: QuorumFacts
  /** The metadata records, decoded as they are taken. Throws MetadataError. */
  records(): Generator<MetadataRecord>
}

/** Checks the whole file: every batch, offsets without gaps, header first, footer last. A string says what is wrong. */
export function decodeSnapshot(buffer: Buffer): Snapshot | string {
  const headers: BatchHeader[] = []
  let offset = 0
  for (let position = 0; position < buffer.length;) {
    const problem = verifyBatch(buffer, position, buffer.length)
    if (problem !== null) return `the batch at byte ${position}: ${problem.message}`
    const header = readBatchHeader(buffer, position)
    if (header.baseOffset !== offset) {
      return `the batch at byte ${position} has offset ${header.baseOffset}, wanted ${offset}`
    }
    headers.push(header)
    offset = offsetEndOf(header)
    position += header.sizeBytes
  }
  try {
    return assembleSnapshot(buffer, headers)
  } catch (error) {
    return messageOf(error)
  }
}

function assembleSnapshot(buffer: Buffer, headers: readonly BatchHeader[]): Snapshot | string {
  const first = firstControl(buffer, headers[0])
  if (first?.type !== controlTypes.snapshotHeader) return 'it does not begin with a snapshot header'
  const last = firstControl(buffer, headers.at(-1))
  if (last?.type !== controlTypes.snapshotFooter) return 'it does not end with a snapshot footer'
  const header = SnapshotHeaderRecord.decode(new Reader(first.value), 0)
  return {
    lastContainedLogTimestampMs: header.lastContainedLogTimestamp,
    facts: headers.reduce((facts, batch) => foldFacts(facts, buffer, batch), noFacts),
    *records() {
      for (const batch of headers) yield* readMetadataRecords(buffer, batch)
    },
  }
}

function firstControl(
  buffer: Buffer,
  header: BatchHeader | undefined,
): { readonly type: number; readonly value: Buffer } | null {
  if (header === undefined || !isControl(header)) return null
  const record = readRecords(buffer, header)[0]
  return record === undefined ? null : readControlRecord(record)
}
