/**
 * The batches that the workload writes. Every record's value follows from the batch's number and the record's place in it, so
 * that whoever reads one knows what it must be.
 */
import { buildBatch, readRecords } from '../../src/records/index.ts'
import type { Codec } from '../../src/records/index.ts'
import { Violation } from '../violation.ts'

export interface Sender {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface SentBatch {
  /** Unique in the run. */
  readonly id: number
  readonly count: number
  /** Bytes of each value. */
  readonly valueBytes: number
  readonly codec: Codec
  readonly timestampMs: number
  readonly sender: Sender | null
  readonly baseSequence: number
}

export function encodeBatch(batch: SentBatch): Buffer {
  const records = Array.from({ length: batch.count }, (_, index) => ({
    key: Buffer.from(`key ${batch.id % 10}`),
    value: valueOf(batch.id, index, batch.valueBytes),
  }))
  return buildBatch(records, {
    timestampMs: batch.timestampMs,
    codec: batch.codec,
    ...(batch.sender === null ? {} : { ...batch.sender, baseSequence: batch.baseSequence }),
  })
}

/** Which record a value is of; throws {@link Violation} when nobody wrote such a value. */
export function identify(value: Buffer | null): {
  readonly batchId: number
  readonly index: number
} {
  const match = /^batch (\d+) record (\d+) /.exec(value?.toString('latin1', 0, 64) ?? '')
  if (value === null || match === null) {
    throw new Violation('wrong bytes', `a record holds ${value?.toString('hex').slice(0, 80)}`)
  }
  const batchId = Number(match[1])
  const index = Number(match[2])
  if (!value.equals(valueOf(batchId, index, value.length))) {
    throw new Violation(
      'wrong bytes',
      `record ${index} of batch ${batchId} is not as it was written`,
    )
  }
  return { batchId, index }
}

export interface SeenRecord {
  readonly offset: number
  readonly batchId: number
  readonly index: number
}

/** What whole batches hold, as a consumer would read it. */
export function recordsOf(batch: Buffer): SeenRecord[] {
  return readRecords(batch).map(({ offset, value }) => ({ offset, ...identify(value) }))
}

function valueOf(batchId: number, index: number, sizeBytes: number): Buffer {
  const head = `batch ${batchId} record ${index} `
  return Buffer.from(head.padEnd(sizeBytes, String((batchId * 31 + index) % 9_973)), 'latin1')
}
