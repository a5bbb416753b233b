/**
 * Control records: end-of-transaction markers and the records of Raft. Their key is a version and a type, both int16
 * (org.apache.kafka.common.record.ControlRecordType). They take offsets and are never compressed.
 */
import { buildBatch } from './build.ts'
import { RecordsError } from './error.ts'
import type { RecordView } from './read.ts'

/** Type of an end-of-transaction marker; the types from 2 on belong to the quorum. */
export const ABORT = 0
export const COMMIT = 1

const KEY_SIZE = 4
const KEY_VERSION = 0
const MARKER_VERSION = 0
const MARKER_SIZE = 6

export interface ControlDraft {
  /** {@link ABORT}, {@link COMMIT}, or a type of the quorum. */
  readonly type: number
  /** As the schema of the type has it. */
  readonly value: Buffer
}

export interface ControlRecord {
  readonly type: number
  readonly value: Buffer
}

export interface ControlBatchOptions {
  /** Default 0: to be stamped. */
  readonly baseOffset?: number
  /** Default -1: to be stamped. */
  readonly leaderEpoch?: number
  readonly timestampMs: number
}

/** One batch of control records, such as the quorum writes. */
export function buildControlBatch(
  records: readonly ControlDraft[],
  options: ControlBatchOptions,
): Buffer {
  const drafts = records.map(({ type, value }) => ({ key: keyOf(type), value }))
  return buildBatch(drafts, { ...options, control: true })
}

export interface EndTransactionMarker {
  readonly commit: boolean
  /** Epoch of the transaction coordinator that decided: a later one fences it. */
  readonly coordinatorEpoch: number
  readonly producerId: number
  readonly producerEpoch: number
}

/** The batch that ends a producer's transaction in one partition: one marker, without a sequence. */
export function buildEndTransactionMarker(
  marker: EndTransactionMarker,
  options: ControlBatchOptions,
): Buffer {
  const value = Buffer.allocUnsafe(MARKER_SIZE)
  value.writeInt16BE(MARKER_VERSION, 0)
  value.writeInt32BE(marker.coordinatorEpoch, 2)
  return buildBatch([{ key: keyOf(marker.commit ? COMMIT : ABORT), value }], {
    ...options,
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    transactional: true,
    control: true,
  })
}

/**
 * Type and value of a record in a control batch. Versions of the key above ours only add to it (KIP-98).
 *
 * @throws RecordsError `RECORDS_DAMAGED`
 */
export function readControlRecord(record: RecordView): ControlRecord {
  const { key, value, offset } = record
  if (key === null || key.length < KEY_SIZE || key.readInt16BE(0) < KEY_VERSION || value === null) {
    throw damaged(offset, 'its key or value is malformed')
  }
  return { type: key.readInt16BE(2), value }
}

/**
 * The coordinator epoch in the value of an {@link ABORT} or {@link COMMIT} record.
 *
 * @throws RecordsError `RECORDS_DAMAGED`
 */
export function coordinatorEpochOf(record: RecordView): number {
  const { value, offset } = record
  if (value === null || value.length < MARKER_SIZE || value.readInt16BE(0) < MARKER_VERSION) {
    throw damaged(offset, 'its value is malformed')
  }
  return value.readInt32BE(2)
}

function keyOf(type: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_SIZE)
  key.writeInt16BE(KEY_VERSION, 0)
  key.writeInt16BE(type, 2)
  return key
}

function damaged(offset: number, what: string): RecordsError {
  return new RecordsError(
    'RECORDS_DAMAGED',
    `Cannot read the control record at offset ${offset}: ${what}`,
  )
}
