/** Appending to a log: by its leader, who gives batches their offsets, and by a follower, who keeps them. */
import { assert } from '../base/index.ts'
import { readBatchHeader, stampBatch, verifyBatch } from '../records/index.ts'
import type { BatchHeader, CheckedBatch } from '../records/index.ts'
import { activeSegment, writeEpochs } from './log-state.ts'
import type { LogState } from './log-state.ts'
import type {
  AppendResult,
  DuplicateAppend,
  FollowerAppendResult,
  RefusedAppend,
} from './results.ts'
import { headerProblem } from './scan.ts'
import { rollTo } from './roll.ts'
import type { Segment } from './segment.ts'

/** What was appended this lately, and up to twice as much, counts as being in the page cache. */
const HOT_BYTES = 8 * 1024 * 1024
/** With so much unsettled the log is settled without delay, so that recovery stays short. */
const UNSETTLED_BYTES_MAX = 64 * 1024 * 1024

export interface AppendOptions {
  readonly leaderEpoch: number
  /** `coordinator`: group and transaction coordinators write for producers without sequence numbers, and markers. Default `client`. */
  readonly origin?: 'client' | 'coordinator'
}

/**
 * Stamps the batch in place and writes it to the page cache. Order of effects: producer check, roll, epoch, data, indexes, producer state; a
 * refusal or a full disk leaves all as it was.
 */
export function appendLeader(
  log: LogState,
  batch: CheckedBatch,
  options: AppendOptions,
): AppendResult {
  const { buffer, header } = batch
  assert(buffer.length === header.sizeBytes, 'a checked batch is exactly one batch')
  if (header.producerId >= 0) {
    const verdict = checkProducer(log, batch, options.origin ?? 'client')
    if (verdict !== null) return verdict
  }
  const baseOffset = log.logEnd
  const lastOffset = baseOffset + header.lastOffsetDelta
  stampBatch(buffer, 0, baseOffset, options.leaderEpoch)

  const segment = prepare(log, {
    baseOffset,
    lastOffset,
    sizeBytes: buffer.length,
    maxTimestamp: header.maxTimestamp,
    leaderEpoch: options.leaderEpoch,
  })
  writeBatches(log, segment, buffer)
  enterBatch(log, segment, header, baseOffset, buffer)
  noteDirty(log, buffer.length)

  const { flushBeforeAck, flushMessages } = log.config
  const mustFlush = flushBeforeAck || log.logEnd - log.durableEnd >= flushMessages
  return { kind: 'appended', baseOffset, lastOffset, flushBeforeAck: mustFlush }
}

/** The batch is there already, or must not come now; null when it may be appended. */
function checkProducer(
  log: LogState,
  batch: CheckedBatch,
  origin: 'client' | 'coordinator',
): DuplicateAppend | RefusedAppend | null {
  const { header, buffer } = batch
  const mark = origin === 'client' ? log.producers.findDuplicate(header) : null
  if (mark === null) return log.producers.check(header, buffer, origin)
  const { lastOffset, offsetDelta, timestampMs } = mark
  const baseOffset = lastOffset - offsetDelta
  const mustFlush = log.config.flushBeforeAck && lastOffset >= log.durableEnd
  return { kind: 'duplicate', baseOffset, lastOffset, timestampMs, flushBeforeAck: mustFlush }
}

/** Writes whole batches as a leader sent them. All are checked before the first is written. */
export function appendFollower(log: LogState, buffer: Buffer): FollowerAppendResult {
  const headers = checkFetched(buffer, log.logEnd)
  if (!Array.isArray(headers)) return headers
  const baseOffset = headers[0]?.baseOffset ?? log.logEnd

  for (let index = 0; index < headers.length;) {
    index = appendRun(log, headers, index, buffer)
  }
  return { kind: 'appended', baseOffset, lastOffset: log.logEnd - 1 }
}

/** Appends batches from `first` on with one write, as many as go into one segment and one epoch; returns the index of the next. */
function appendRun(
  log: LogState,
  headers: readonly BatchHeader[],
  first: number,
  buffer: Buffer,
): number {
  const start = headers[first] as BatchHeader
  const segment = prepare(log, {
    baseOffset: start.baseOffset,
    lastOffset: start.baseOffset + start.lastOffsetDelta,
    sizeBytes: start.sizeBytes,
    maxTimestamp: start.maxTimestamp,
    leaderEpoch: start.leaderEpoch,
  })
  let next = first + 1
  let sizeBytes = start.sizeBytes
  for (; next < headers.length; next++) {
    const header = headers[next] as BatchHeader
    const question = {
      sizeBytes: sizeBytes + header.sizeBytes,
      maxTimestamp: header.maxTimestamp,
      lastOffset: header.baseOffset + header.lastOffsetDelta,
      nowMs: log.env.clock.wallMs(),
    }
    if (header.leaderEpoch !== start.leaderEpoch) break
    if (segment.mustRoll(question, log.config)) break
    sizeBytes = question.sizeBytes
  }
  writeBatches(log, segment, buffer.subarray(start.position, start.position + sizeBytes))
  for (const header of headers.slice(first, next)) {
    enterBatch(log, segment, header, header.baseOffset, buffer)
  }
  noteDirty(log, sizeBytes)
  return next
}

interface Incoming {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly sizeBytes: number
  readonly maxTimestamp: number
  readonly leaderEpoch: number
}

/** The segment for what comes, on disk, with room in its indexes; the epoch is noted. */
function prepare(log: LogState, incoming: Incoming): Segment {
  const { env, config } = log
  try {
    let segment = activeSegment(log)
    const question = { ...incoming, nowMs: env.clock.wallMs() }
    if (segment.mustRoll(question, config)) segment = rollTo(log, incoming.baseOffset)
    if (!segment.onDisk) {
      segment.create(config, env.entropy.random())
      log.entriesUnsynced = true
    }
    segment.relieveIndexes()
    if (incoming.leaderEpoch > log.epochs.latest) {
      log.epochsStale = log.epochs.assign(incoming.leaderEpoch, incoming.baseOffset)
    }
    if (log.epochsStale) writeEpochs(log)
    return segment
  } catch (error) {
    throw env.failed(error)
  }
}

/** Writes at the end of the segment, or leaves it as it was: half a batch must not stay in front of the next one. */
function writeBatches(log: LogState, segment: Segment, bytes: Buffer): void {
  const { env } = log
  try {
    segment.log.write([bytes], segment.sizeBytes)
  } catch (error) {
    const failure = env.failed(error)
    if (failure.code === 'NO_SPACE') {
      try {
        segment.log.truncate(segment.sizeBytes)
      } catch (second) {
        throw env.failed(second)
      }
    }
    throw failure
  }
}

/** Enters a batch that was just written at the end of the segment into everything that follows from it. */
function enterBatch(
  log: LogState,
  segment: Segment,
  header: BatchHeader,
  baseOffset: number,
  buffer: Buffer,
): void {
  const lastOffset = baseOffset + header.lastOffsetDelta
  const { sizeBytes, maxTimestamp } = header
  const position = segment.sizeBytes
  segment.note({ position, sizeBytes, lastOffset, maxTimestamp }, log.config.indexIntervalBytes)
  if (header.producerId >= 0) {
    const txn = log.producers.enter(header, baseOffset, buffer, log.env.clock.monotonicMs())
    if (txn !== null) {
      if (txn.aborted) segment.txnIndex.add(txn)
      log.producers.complete(txn)
    }
  }
  log.logEnd = lastOffset + 1
}

function noteDirty(log: LogState, sizeBytes: number): void {
  const nowMs = log.env.clock.monotonicMs()
  log.touched = true
  log.appendedAtMs = nowMs
  log.unsettledBytes += sizeBytes
  log.unsnapshottedBytes += sizeBytes
  log.hotBytes += sizeBytes
  if (log.hotBytes >= HOT_BYTES) {
    log.hotStart = log.hotNext
    log.hotNext = log.logEnd
    log.hotBytes = 0
  }
  if (log.dirtySinceMs === null) {
    log.dirtySinceMs = nowMs
    log.env.wantsSettling(log)
  } else if (log.unsettledBytes >= UNSETTLED_BYTES_MAX) {
    log.env.wantsSettling(log)
  }
}

/** The headers of fetched batches, or why they may not be appended. */
function checkFetched(buffer: Buffer, logEnd: number): BatchHeader[] | FollowerAppendResult {
  const headers: BatchHeader[] = []
  let offsetMin = logEnd
  for (let position = 0; position < buffer.length;) {
    const problem = verifyBatch(buffer, position, buffer.length)
    if (problem !== null) {
      const message = `Cannot append fetched batches: at byte ${position} ${problem.message}`
      return { kind: 'refused', reason: 'corrupt', message }
    }
    const header = readBatchHeader(buffer, position)
    const misplaced = headerProblem(header, offsetMin, offsetMin, buffer.length - position)
    if (misplaced !== null) {
      const message = `Cannot append fetched batches: ${misplaced}`
      return { kind: 'refused', reason: 'unexpectedOffset', message }
    }
    headers.push(header)
    offsetMin = header.baseOffset + header.lastOffsetDelta + 1
    position += header.sizeBytes
  }
  return headers
}
