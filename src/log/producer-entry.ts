/**
 * What a log knows of one producer id, and what follows for the producer's next batch (org.apache.kafka.storage.internals.log.ProducerStateEntry,
 * ProducerAppendInfo; KIP-98, KIP-360). Pure.
 */
import { INT32_MAX } from '../base/index.ts'
import { isControl, isTransactional, lastSequenceOf } from '../records/index.ts'
import type { BatchHeader } from '../records/index.ts'
import type { RefusedAppend } from './results.ts'

/** So many of a producer's last batches are remembered: as many requests as a client may have in flight. */
export const BATCHES_REMEMBERED = 5
const NONE = -1

/** One remembered batch. */
export interface BatchMark {
  readonly lastSequence: number
  readonly lastOffset: number
  /** Last offset minus first, which is last sequence minus first as well. */
  readonly offsetDelta: number
  readonly timestampMs: number
}

export interface ProducerEntry {
  readonly producerId: number
  epoch: number
  /** Of the last transaction marker; -1 when there was none. */
  coordinatorEpoch: number
  lastTimestampMs: number
  /** Where the open transaction begins; -1 when none is open. */
  txnFirstOffset: number
  /** Oldest first, at most {@link BATCHES_REMEMBERED}, all of {@link epoch}. */
  readonly batches: BatchMark[]
  /** Monotonic clock when it was last heard of by this process: what expiry goes by. */
  seenMs: number
}

export function newProducerEntry(producerId: number, seenMs: number): ProducerEntry {
  return {
    producerId,
    epoch: NONE,
    coordinatorEpoch: NONE,
    lastTimestampMs: NONE,
    txnFirstOffset: NONE,
    batches: [],
    seenMs,
  }
}

export function firstSequenceOf(mark: BatchMark): number {
  const first = mark.lastSequence - mark.offsetDelta
  return first < 0 ? first + INT32_MAX + 1 : first
}

export function lastSequence(entry: ProducerEntry): number {
  return entry.batches.at(-1)?.lastSequence ?? NONE
}

/** The batch that comes again: one of the remembered with exactly these sequence numbers and this epoch. */
export function findDuplicate(entry: ProducerEntry, header: BatchHeader): BatchMark | null {
  if (header.producerEpoch !== entry.epoch) return null
  const last = lastSequenceOf(header)
  for (const mark of entry.batches) {
    if (mark.lastSequence === last && firstSequenceOf(mark) === header.baseSequence) return mark
  }
  return null
}

export interface SequenceRules {
  /** The coordinators write without sequence numbers. */
  readonly checkSequence: boolean
  /** The log holds all that any producer ever wrote to it: who is unknown has written nothing. */
  readonly historyIsWhole: boolean
}

/** Why the batch may not follow what the producer wrote before; null when it may. `entry` is null for an unknown producer. */
export function checkBatch(
  entry: ProducerEntry | null,
  header: BatchHeader,
  rules: SequenceRules,
): RefusedAppend | null {
  if (entry !== null && header.producerEpoch < entry.epoch) {
    return refuse(
      'invalidProducerEpoch',
      header,
      `found epoch ${header.producerEpoch}, the last one seen is ${entry.epoch}`,
    )
  }
  if (isControl(header)) return null
  if (rules.checkSequence) {
    const problem = sequenceProblem(entry, header, rules.historyIsWhole)
    if (problem !== null) return refuse('outOfOrderSequence', header, problem)
  }
  if (entry !== null && entry.txnFirstOffset !== NONE && !isTransactional(header)) {
    return refuse(
      'invalidTxnState',
      header,
      'a transaction is open, and the batch is not part of it',
    )
  }
  return null
}

/** Why a marker of a transaction coordinator may not be written; null when it may. */
export function checkMarker(
  entry: ProducerEntry | null,
  header: BatchHeader,
  coordinatorEpoch: number,
): RefusedAppend | null {
  if (entry === null || coordinatorEpoch >= entry.coordinatorEpoch) return null
  return refuse(
    'transactionCoordinatorFenced',
    header,
    `found coordinator epoch ${coordinatorEpoch}, the last one seen is ${entry.coordinatorEpoch}`,
  )
}

function sequenceProblem(
  entry: ProducerEntry | null,
  header: BatchHeader,
  historyIsWhole: boolean,
): string | null {
  const { baseSequence, producerEpoch } = header
  if (entry === null || entry.epoch === NONE) {
    // Kafka takes any number from a producer it does not know. Where we know that there is nothing to know, a batch that is not the first would
    // leave a gap for ever: the client sends again in order instead.
    if (!historyIsWhole || baseSequence === 0) return null
    return `found sequence ${baseSequence} from a producer that has written nothing yet, need 0`
  }
  if (producerEpoch !== entry.epoch) {
    if (baseSequence === 0) return null
    return `found sequence ${baseSequence} at the beginning of epoch ${producerEpoch}, need 0`
  }
  const last = lastSequence(entry)
  const due = last === INT32_MAX ? 0 : last + 1
  return baseSequence === due ? null : `found sequence ${baseSequence}, need ${due}`
}

function refuse(reason: RefusedAppend['reason'], header: BatchHeader, what: string): RefusedAppend {
  const { producerId, producerEpoch } = header
  return {
    kind: 'refused',
    reason,
    message: `Cannot append a batch of producer ${producerId} (epoch ${producerEpoch}): ${what}`,
  }
}

/** Enters a data batch that was written at `baseOffset`. */
export function enterBatch(entry: ProducerEntry, header: BatchHeader, baseOffset: number): void {
  changeEpoch(entry, header.producerEpoch)
  if (entry.batches.length === BATCHES_REMEMBERED) entry.batches.shift()
  entry.batches.push(markOf(header, baseOffset))
  entry.lastTimestampMs = header.maxTimestamp
  if (isTransactional(header) && entry.txnFirstOffset === NONE) entry.txnFirstOffset = baseOffset
}

/** Enters a marker: the transaction, if one was open, is over. */
export function enterMarker(
  entry: ProducerEntry,
  header: BatchHeader,
  coordinatorEpoch: number,
): void {
  changeEpoch(entry, header.producerEpoch)
  entry.coordinatorEpoch = coordinatorEpoch
  entry.lastTimestampMs = header.maxTimestamp
  entry.txnFirstOffset = NONE
}

/** Enters a batch from before a snapshot, which knows only the last one: for duplicates that come after a restart. */
export function recallBatch(entry: ProducerEntry, header: BatchHeader): void {
  const newest = entry.batches.at(-1)
  if (newest === undefined || isControl(header) || header.producerEpoch !== entry.epoch) return
  if (header.baseOffset + header.lastOffsetDelta >= newest.lastOffset) return
  entry.batches.splice(-1, 0, markOf(header, header.baseOffset))
  if (entry.batches.length > BATCHES_REMEMBERED) entry.batches.shift()
}

function markOf(header: BatchHeader, baseOffset: number): BatchMark {
  return {
    lastSequence: lastSequenceOf(header),
    lastOffset: baseOffset + header.lastOffsetDelta,
    offsetDelta: header.lastOffsetDelta,
    timestampMs: header.maxTimestamp,
  }
}

function changeEpoch(entry: ProducerEntry, epoch: number): void {
  if (entry.epoch === epoch) return
  entry.epoch = epoch
  entry.batches.length = 0
}
