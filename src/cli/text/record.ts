import type { RecordHeader, RecordView } from '../../records/index.ts'

/** One record as a consumer gets it. */
export type ConsumedRecord = RecordView

/** What all records of a batch share. */
export interface RecordSource {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: number
  /** Who set the timestamps: the producer or the broker. */
  readonly timestampType: 'create' | 'logappend'
  /** Id of the node that answered. */
  readonly nodeId: number
}

/** One record to be produced. */
export interface ProducedRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
  /** Undefined: now. */
  readonly timestampMs?: number
  /** Undefined: as the partitioner says. */
  readonly partition?: number
}
