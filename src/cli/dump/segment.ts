/** Segments and metadata snapshots: their batches, and the records in them. */
import {
  codecOf,
  deleteHorizonOf,
  isControl,
  isLogAppendTime,
  isTransactional,
  lastOffsetOf,
  offsetEndOf,
  readRecords,
} from '../../records/index.ts'
import type { BatchHeader, RecordView } from '../../records/index.ts'
import { readBatches } from './batches.ts'
import type { FoundBatch } from './batches.ts'
import { baseOffsetOf } from './file-kind.ts'
import { problem } from './item.ts'
import type { Item } from './item.ts'
import { withFile } from './read-only-file.ts'

export interface SegmentOptions {
  /** Null: only the batches. */
  readonly showRecord: ((record: RecordView, header: BatchHeader) => Item) | null
  /** Batches that end before this offset are left out. */
  readonly from: number
  /** Batches that begin at or after this offset are left out. */
  readonly to: number
}

export function dumpSegment(path: string, options: SegmentOptions): Iterable<Item> {
  return withFile(path, function* (file) {
    let next = baseOffsetOf(path) ?? 0
    const batches = readBatches(file)
    for (let step = batches.next(); ; step = batches.next()) {
      if (step.done === true) {
        if (step.value !== null) {
          const left = file.sizeBytes - step.value.position
          yield problem(`${step.value.message}; ${left} bytes are left`, step.value.position)
        }
        return
      }
      const batch = step.value
      if (batch.header.baseOffset < next) {
        yield problem(
          `the batch begins at offset ${batch.header.baseOffset}, wanted ${next} or more`,
          batch.position,
        )
      }
      next = offsetEndOf(batch.header)
      if (next > options.from && batch.header.baseOffset < options.to) {
        yield* showBatch(batch, options)
      }
    }
  })
}

function* showBatch(batch: FoundBatch, { showRecord }: SegmentOptions): Generator<Item> {
  const { header, bytes, position } = batch
  yield batchItem(header, position)
  if (batch.problem !== null) {
    yield problem(batch.problem.message, position)
  } else if (showRecord !== null) {
    yield* showRecords(bytes, header, position, showRecord)
  }
}

function* showRecords(
  bytes: Buffer,
  header: BatchHeader,
  position: number,
  showRecord: NonNullable<SegmentOptions['showRecord']>,
): Generator<Item> {
  try {
    for (const record of readRecords(bytes, header)) yield showRecord(record, header)
  } catch (error) {
    yield problem((error as Error).message, position)
  }
}

function batchItem(header: BatchHeader, position: number): Item {
  const { producerId } = header
  const horizonMs = deleteHorizonOf(header)
  return {
    kind: 'batch',
    baseOffset: header.baseOffset,
    lastOffset: lastOffsetOf(header),
    count: header.recordCount,
    position,
    sizeBytes: header.sizeBytes,
    codec: codecOf(header) ?? `unknown ${header.attributes & 7}`,
    [isLogAppendTime(header) ? 'logAppendTime' : 'createTime']: header.maxTimestamp,
    leaderEpoch: header.leaderEpoch,
    ...(producerId >= 0 && {
      producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
    }),
    ...(isTransactional(header) && { isTransactional: true }),
    ...(isControl(header) && { isControl: true }),
    ...(horizonMs !== null && { deleteHorizonMs: horizonMs }),
    crc: header.crc,
  }
}

/** What a segment holds, without its records. */
export interface SegmentSummary {
  readonly baseOffset: number
  /** Of the last batch; null for an empty segment. */
  readonly lastOffset: number | null
  readonly sizeBytes: number
  readonly batches: number
  readonly records: number
  /** Null: none. */
  readonly maxTimestampMs: number | null
  readonly problem: string | null
}

export function summarizeSegment(path: string): SegmentSummary {
  const [summary] = withFile(path, function* (file) {
    let lastOffset: number | null = null
    let batches = 0
    let records = 0
    let maxTimestampMs: number | null = null
    let damage: string | null = null
    const found = readBatches(file)
    let step = found.next()
    for (; step.done !== true; step = found.next()) {
      const { header, position } = step.value
      lastOffset = lastOffsetOf(header)
      batches += 1
      records += header.recordCount
      if (header.maxTimestamp >= 0) {
        maxTimestampMs = Math.max(maxTimestampMs ?? -1, header.maxTimestamp)
      }
      if (step.value.problem !== null) damage ??= `at ${position}: ${step.value.problem.message}`
    }
    if (step.value !== null) damage ??= `at ${step.value.position}: ${step.value.message}`
    yield {
      baseOffset: baseOffsetOf(path) ?? 0,
      lastOffset,
      sizeBytes: file.sizeBytes,
      batches,
      records,
      maxTimestampMs,
      problem: damage,
    }
  })
  return summary as SegmentSummary
}
