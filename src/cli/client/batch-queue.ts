/** Records of one partition that wait to be sent: batches in order, of which only the first is ever on its way. */
import { assert, INT32_MAX } from '../../base/index.ts'
import { buildBatch } from '../../records/index.ts'
import type { Codec, RecordDraft } from '../../records/index.ts'

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface BatchSettings {
  readonly codec: Codec
  readonly compressionLevel: number | null
  /** Bytes of records, before compression, after which a batch takes no more. */
  readonly batchBytes: number
  /** Null: not idempotent. */
  readonly identity: ProducerIdentity | null
}

interface Waiting {
  readonly drafts: readonly RecordDraft[]
  readonly sizeBytes: number
  /** Built when it is first sent, so that every further try sends the same bytes. */
  encoded: Buffer | null
  /** -1 until it is first sent, and without an identity. */
  baseSequence: number
}

/** Bytes that a record takes beside key, value and headers: an estimate. */
const RECORD_OVERHEAD = 16

/** About what the record takes in a batch before compression. */
export function estimateSize({ key, value, headers = [] }: RecordDraft): number {
  let sizeBytes = RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) sizeBytes += header.key.length + (header.value?.length ?? 0) + 2
  return sizeBytes
}

export class BatchQueue {
  readonly partition: number
  readonly #settings: BatchSettings
  readonly #sealed: Waiting[] = []
  #drafts: RecordDraft[] = []
  #draftBytes = 0
  #nextSequence = 0

  constructor(partition: number, settings: BatchSettings) {
    this.partition = partition
    this.#settings = settings
  }

  get isEmpty(): boolean {
    return this.#sealed.length === 0 && this.#drafts.length === 0
  }

  /** True when the record filled a batch. `sizeBytes` as {@link estimateSize} says. */
  add(draft: RecordDraft, sizeBytes: number): boolean {
    const { batchBytes } = this.#settings
    const overflows = this.#drafts.length > 0 && this.#draftBytes + sizeBytes > batchBytes
    if (overflows) this.#seal()
    this.#drafts.push(draft)
    this.#draftBytes += sizeBytes
    if (this.#draftBytes >= batchBytes) this.#seal()
    return overflows || this.#drafts.length === 0
  }

  /** The batch to send now, or again; null when there is none. */
  head(): Buffer | null {
    if (this.#sealed.length === 0 && this.#drafts.length > 0) this.#seal()
    const head = this.#sealed[0]
    if (head === undefined) return null
    head.encoded ??= this.#encode(head)
    return head.encoded
  }

  /** The first batch is done. Returns what was in it. */
  shift(): { readonly recordCount: number; readonly sizeBytes: number } {
    const head = this.#sealed.shift()
    assert(head !== undefined, 'Cannot finish a batch: none was sent')
    return { recordCount: head.drafts.length, sizeBytes: head.sizeBytes }
  }

  /** The first batch is too large for the topic: halves it. False: it is a single record. */
  split(): boolean {
    const head = this.#sealed[0]
    if (head === undefined || head.drafts.length < 2) return false
    const middle = head.drafts.length >> 1
    const halfBytes = Math.floor(head.sizeBytes / 2)
    const first = {
      ...head,
      drafts: head.drafts.slice(0, middle),
      sizeBytes: halfBytes,
      encoded: null,
    }
    const second = {
      ...head,
      drafts: head.drafts.slice(middle),
      sizeBytes: head.sizeBytes - halfBytes,
      encoded: null,
      baseSequence: head.baseSequence < 0 ? -1 : sequenceAfter(head.baseSequence, middle),
    }
    this.#sealed.splice(0, 1, first, second)
    return true
  }

  #seal(): void {
    const drafts = this.#drafts
    this.#sealed.push({ drafts, sizeBytes: this.#draftBytes, encoded: null, baseSequence: -1 })
    this.#drafts = []
    this.#draftBytes = 0
  }

  #encode(batch: Waiting): Buffer {
    const { codec, compressionLevel, identity } = this.#settings
    const options = { codec, ...(compressionLevel !== null && { compressionLevel }) }
    if (identity === null) return buildBatch(batch.drafts, options)
    if (batch.baseSequence < 0) {
      batch.baseSequence = this.#nextSequence
      this.#nextSequence = sequenceAfter(this.#nextSequence, batch.drafts.length)
    }
    return buildBatch(batch.drafts, { ...options, ...identity, baseSequence: batch.baseSequence })
  }
}

/** Sequences wrap from 2^31-1 to 0. */
function sequenceAfter(sequence: number, count: number): number {
  const next = sequence + count
  return next > INT32_MAX ? next - INT32_MAX - 1 : next
}
