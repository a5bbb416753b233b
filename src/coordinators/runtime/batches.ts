/** Between records and the batches of a shard's log. */
import {
  buildBatch,
  COMMIT,
  isControl,
  isTransactional,
  readControlRecord,
  readRecords,
} from '../../records/index.ts'
import type { BatchHeader, Codec } from '../../records/index.ts'
import type { DraftRecord, LoggedRecord, TransactionMarker } from './machine.ts'

/** What a record takes in a batch beside key and value: lengths, deltas, attributes. */
const RECORD_OVERHEAD_BYTES = 32
const BATCH_OVERHEAD_BYTES = 128

/** What the fold of a log is made of. */
export interface Fold {
  apply(record: LoggedRecord): void
  applyMarker(marker: TransactionMarker): void
}

/** One batch of `records`, all at `nowMs` (wall clock), to be stamped by the log. */
export function draftBatch(records: readonly DraftRecord[], nowMs: number, codec: Codec): Buffer {
  return buildBatch(records, { timestampMs: nowMs, codec })
}

/** Cuts records that may be stored apart into parts that fit a batch each. A record that alone is too large gets a part of its own. */
export function* partsOf(
  records: readonly DraftRecord[],
  batchBytesMax: number,
): Generator<readonly DraftRecord[], void, undefined> {
  let start = 0
  let sizeBytes = BATCH_OVERHEAD_BYTES
  for (const [index, { key, value }] of records.entries()) {
    const recordBytes = RECORD_OVERHEAD_BYTES + key.length + (value?.length ?? 0)
    if (index > start && sizeBytes + recordBytes > batchBytesMax) {
      yield records.slice(start, index)
      start = index
      sizeBytes = BATCH_OVERHEAD_BYTES
    }
    sizeBytes += recordBytes
  }
  if (start < records.length) yield records.slice(start)
}

/**
 * Applies the batch whose header was read from `buffer`, leaving out records below `fromOffset`. Records without a key mean nothing to a state
 * machine, and control records other than the ends of transactions are the log's own.
 *
 * @returns how many records were applied
 */
export function applyBatch(
  fold: Fold,
  buffer: Buffer,
  header: BatchHeader,
  fromOffset: number,
): number {
  const records = readRecords(buffer, header)
  if (isControl(header)) {
    if (!isTransactional(header)) return 0
    for (const record of records) {
      const isCommit = readControlRecord(record).type === COMMIT
      fold.applyMarker({ producerId: header.producerId, isCommit })
    }
    return records.length
  }
  const transactionalProducerId = isTransactional(header) ? header.producerId : -1
  let count = 0
  for (const { offset, key, value } of records) {
    if (offset < fromOffset || key === null) continue
    fold.apply({ offset, key, value, transactionalProducerId })
    count += 1
  }
  return count
}
