/**
 * Which batches of a fetch belong to transactions that were aborted: the answer names producer and first offset of each, the log holds
 * a marker where it ends (org.apache.kafka.clients.consumer.internals.CompletedFetch).
 */
import {
  ABORT,
  isControl,
  isTransactional,
  lastOffsetOf,
  readControlRecord,
  readRecords,
} from '../../records/index.ts'
import type { BatchHeader } from '../../records/index.ts'

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export class AbortedFilter {
  /** By first offset, ascending. */
  readonly #coming: AbortedTransaction[]
  readonly #aborted = new Set<number>()

  /** @param transactions null: nothing was aborted, or nobody asked */
  constructor(transactions: readonly AbortedTransaction[] | null) {
    this.#coming = [...(transactions ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether the records of this batch are for applications. To be asked for every batch, in order. */
  passes(buffer: Buffer, header: BatchHeader): boolean {
    const last = lastOffsetOf(header)
    while (this.#coming[0] !== undefined && this.#coming[0].firstOffset <= last) {
      this.#aborted.add(this.#coming[0].producerId)
      this.#coming.shift()
    }
    if (isControl(header)) {
      if (isAbort(buffer, header)) this.#aborted.delete(header.producerId)
      return false
    }
    return !(isTransactional(header) && this.#aborted.has(header.producerId))
  }
}

/** An emptied control batch (after compaction) ends nothing. */
function isAbort(buffer: Buffer, header: BatchHeader): boolean {
  const record = readRecords(buffer, header)[0]
  return record !== undefined && readControlRecord(record).type === ABORT
}
