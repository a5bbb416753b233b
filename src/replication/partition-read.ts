/** Reading a replica's log for those who fetch: what they may see, and where their log leaves this one. */
import type { BufferPool } from '../base/index.ts'
import { LogError } from '../log/index.ts'
import type { PartitionLog, ReadResult } from '../log/index.ts'
import { errorCodes } from '../protocol/index.ts'
import type { LocalReplica } from './local-replica.ts'

export interface FetchSpec {
  readonly offset: number
  readonly maxBytes: number
  readonly minOneBatch: boolean
  readonly readCommitted: boolean
  /** -1: unchecked. */
  readonly currentLeaderEpoch: number
  /** -1: unchecked (KIP-595 truncation detection). */
  readonly lastFetchedEpoch: number
  /** Where the memory for the records comes from. */
  readonly buffers?: BufferPool
}

export interface FetchOutcome {
  readonly errorCode: number
  readonly records: Buffer
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStart: number
  readonly abortedTransactions: ReadonlyArray<{ producerId: number; firstOffset: number }> | null
  /** Where the fetcher's log leaves this one (KIP-595); null: it does not. */
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | null
}

const EMPTY = Buffer.alloc(0)

/**
 * Reads up to `offsetEndMax`.
 *
 * @param isConsumer aborted transactions are told if asked for, and the bytes count as read by consumers
 */
export function readReplica(
  replica: LocalReplica,
  spec: FetchSpec,
  offsetEndMax: number,
  isConsumer: boolean,
): FetchOutcome | Promise<FetchOutcome> {
  try {
    const result = replica.log.read(spec.offset, {
      maxBytes: spec.maxBytes,
      offsetEndMax,
      minOneBatch: spec.minOneBatch,
      abortedTransactions: isConsumer && spec.readCommitted,
      buffers: spec.buffers,
    })
    if (result instanceof Promise) {
      return result.then((late) => fetched(replica, late, isConsumer)).catch(storageError)
    }
    return fetched(replica, result, isConsumer)
  } catch (error) {
    return storageError(error)
  }
}

/**
 * Where the log of who fetches leaves this one, by the epoch of the last batch that it has; null where it does not. 'unknown': that epoch is one
 * that this log has not come to, or has forgotten.
 */
export function divergence(
  log: PartitionLog,
  { lastFetchedEpoch, offset }: Pick<FetchSpec, 'lastFetchedEpoch' | 'offset'>,
): FetchOutcome['divergingEpoch'] | 'unknown' {
  if (lastFetchedEpoch < 0) return null
  const { leaderEpoch, endOffset } = log.epochEndOffset(lastFetchedEpoch)
  if (leaderEpoch < 0 || endOffset < 0 || offset < log.logStart) return 'unknown'
  if (leaderEpoch === lastFetchedEpoch && endOffset >= offset) return null
  return { epoch: leaderEpoch, endOffset }
}

/** The answer without records. */
export function emptyFetch(
  replica: LocalReplica,
  divergingEpoch: FetchOutcome['divergingEpoch'] = null,
): FetchOutcome {
  return outcomeOf(replica, EMPTY, null, divergingEpoch)
}

/** The answer for a partition that cannot be read. */
export function failedFetch(errorCode: number): FetchOutcome {
  return {
    errorCode,
    records: EMPTY,
    highWatermark: -1,
    lastStableOffset: -1,
    logStart: -1,
    abortedTransactions: null,
    divergingEpoch: null,
  }
}

/** A log that cannot be used is KAFKA_STORAGE_ERROR; anything else is a bug, and thrown. */
export function storageError(error: unknown): FetchOutcome {
  if (error instanceof LogError) return failedFetch(errorCodes.KAFKA_STORAGE_ERROR)
  throw error
}

function fetched(replica: LocalReplica, result: ReadResult, isConsumer: boolean): FetchOutcome {
  switch (result.kind) {
    case 'batches':
      if (isConsumer) replica.traffic.bytesOut += result.buffer.length
      else replica.traffic.replicatedOut += result.buffer.length
      return outcomeOf(replica, result.buffer, result.abortedTransactions, null)
    case 'outOfRange':
      return failedFetch(errorCodes.OFFSET_OUT_OF_RANGE)
    case 'corrupt':
      return failedFetch(errorCodes.CORRUPT_MESSAGE)
  }
}

function outcomeOf(
  replica: LocalReplica,
  records: Buffer,
  abortedTransactions: FetchOutcome['abortedTransactions'],
  divergingEpoch: FetchOutcome['divergingEpoch'],
): FetchOutcome {
  return {
    errorCode: 0,
    records,
    highWatermark: replica.highWatermark,
    lastStableOffset: replica.log.lastStableOffset,
    logStart: replica.log.logStart,
    abortedTransactions,
    divergingEpoch,
  }
}
