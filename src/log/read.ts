/** Reading whole batches from a log by offset. */
import { readInt64 } from '../base/index.ts'
import { BATCH_HEADER_SIZE, BATCH_PREFIX_SIZE } from '../records/index.ts'
import { locate } from './locate.ts'
import type { Located } from './locate.ts'
import { activeSegment, segmentAfter, segmentAt } from './log-state.ts'
import type { LogState } from './log-state.ts'
import { DamagedLog, LogError } from './errors.ts'
import type { AbortedTransaction, ReadOptions, ReadResult } from './results.ts'
import type { Segment } from './segment.ts'
import type { Steps } from './steps.ts'

/** Pages that were written longer ago may have left the cache. */
const HOT_MS = 60_000
const NO_BYTES = Buffer.alloc(0)

/** Reads as the options say; `outOfRange` and `corrupt` are values. */
export function* readBatches(
  log: LogState,
  offset: number,
  options: ReadOptions,
): Steps<ReadResult> {
  const { logStart, logEnd } = log
  if (offset < logStart || offset > logEnd) return { kind: 'outOfRange', logStart, logEnd }
  const offsetEndMax = Math.min(options.offsetEndMax, logEnd)
  if (offset >= offsetEndMax) {
    if (offset === logEnd) noteEnd(log)
    return nothing(offset, options)
  }
  const hot = isHot(log, offset)
  try {
    const found = yield* readRun(log, offset, { ...options, offsetEndMax }, hot)
    if (found === null) return { kind: 'outOfRange', logStart: log.logStart, logEnd: log.logEnd }
    const { buffer, offsetEnd } = found
    if (options.abortedTransactions !== true) {
      return { kind: 'batches', buffer, offsetEnd, abortedTransactions: null }
    }
    const abortedTransactions = yield* readAborted(log, offset, offsetEnd, hot)
    return { kind: 'batches', buffer, offsetEnd, abortedTransactions }
  } catch (error) {
    return asResult(log, offset, error)
  }
}

/** True when what begins at `offset` was written by this process a short while ago. */
export function isHot(log: LogState, offset: number): boolean {
  return offset >= log.hotStart && log.env.clock.monotonicMs() - log.appendedAtMs < HOT_MS
}

interface Run {
  readonly buffer: Buffer
  readonly offsetEnd: number
}

/** The batches from `offset` on that one segment holds. Null when the segment was removed meanwhile. */
function* readRun(
  log: LogState,
  offset: number,
  options: ReadOptions,
  hot: boolean,
): Steps<Run | null> {
  let segment = segmentAt(log, offset)
  let position = -1
  const hint = log.hints.find(offset)
  if (hint !== null && hint.position < hint.segment.sizeBytes) {
    segment = hint.segment
    position = hint.position
  }
  let first: Located | null = null
  while (segment !== null && position < 0) {
    first = yield* locate(segment, offset, log.config.indexIntervalBytes, hot)
    if (first !== null) position = first.position
    // Compaction leaves gaps at the end of a segment.
    else segment = segmentAfter(log, segment)
  }
  if (segment === null) return { buffer: NO_BYTES, offsetEnd: offset }
  if (segment.retired) return null

  const run = yield* readAt(segment, position, offset, first, options, hot)
  if (segment.retired) return null
  const { offsetEnd } = run
  log.hints.note({ offset: offsetEnd, segment, position: position + run.buffer.length })
  return run
}

/** The whole batches at `position` that fit. `first` is the header there, if it was read already. */
function* readAt(
  segment: Segment,
  position: number,
  offset: number,
  first: Located | null,
  options: ReadOptions,
  hot: boolean,
): Steps<Run> {
  const { maxBytes, minOneBatch, offsetEndMax, buffers } = options
  const file = segment.log
  const available = segment.sizeBytes - position
  let wanted = maxBytes
  if (minOneBatch) wanted = Math.max(wanted, first?.sizeBytes ?? BATCH_HEADER_SIZE)
  if (wanted < BATCH_HEADER_SIZE) return { buffer: NO_BYTES, offsetEnd: offset }

  let bytes = yield { file, position, sizeBytes: Math.min(wanted, available), hot, buffers }
  const firstBytes = sizeOfFirst(bytes)
  if (firstBytes > available) {
    const problem = `a batch claims ${firstBytes} bytes where only ${available} follow`
    throw new DamagedLog(offset, position, problem)
  }
  if (firstBytes > bytes.length) {
    if (!minOneBatch) return { buffer: NO_BYTES, offsetEnd: offset }
    bytes = yield { file, position, sizeBytes: firstBytes, hot, buffers }
  }
  const run = trim(bytes, offset, offsetEndMax)
  if (run.problem === null || run.sizeBytes > 0) {
    return { buffer: bytes.subarray(0, run.sizeBytes), offsetEnd: run.offsetEnd }
  }
  throw new DamagedLog(offset, position, run.problem)
}

function sizeOfFirst(bytes: Buffer): number {
  if (bytes.length < BATCH_HEADER_SIZE) return 0
  return bytes.readInt32BE(8) + BATCH_PREFIX_SIZE
}

interface Trimmed {
  readonly sizeBytes: number
  readonly offsetEnd: number
  /** Set when the next batch cannot be right. */
  readonly problem: string | null
}

/** How many of the bytes are whole batches below `offsetEndMax`. No objects here: a fetch may hold ten thousand batches. */
function trim(bytes: Buffer, offset: number, offsetEndMax: number): Trimmed {
  let position = 0
  let offsetEnd = offset
  let offsetMin = -1
  let problem: string | null = null
  while (position + BATCH_HEADER_SIZE <= bytes.length) {
    const baseOffset = readInt64(bytes, position)
    const sizeBytes = bytes.readInt32BE(position + 8) + BATCH_PREFIX_SIZE
    const batchEnd = baseOffset + bytes.readInt32BE(position + 23) + 1
    if (sizeBytes < BATCH_HEADER_SIZE || bytes[position + 16] !== 2) {
      problem = 'no batch begins where one should'
      break
    }
    // The first one holds the offset asked for; each other begins where the one before ended, or behind a gap.
    if (position === 0 ? batchEnd <= offset : baseOffset < offsetMin) {
      problem = `a batch of the offsets ${baseOffset} to ${batchEnd - 1} is out of place`
      break
    }
    if (batchEnd > offsetEndMax || position + sizeBytes > bytes.length) break
    position += sizeBytes
    offsetEnd = batchEnd
    offsetMin = batchEnd
  }
  return { sizeBytes: position, offsetEnd, problem }
}

/** The aborted transactions that overlap `[offset, offsetEnd)`: from this segment on, until one says that there are no more. */
function* readAborted(
  log: LogState,
  offset: number,
  offsetEnd: number,
  hot: boolean,
): Steps<AbortedTransaction[]> {
  const found: AbortedTransaction[] = []
  let segment = offsetEnd > offset ? segmentAt(log, offset) : null
  while (segment !== null) {
    if (yield* segment.txnIndex.collect(offset, offsetEnd, found, hot)) break
    segment = segmentAfter(log, segment)
  }
  return found
}

/** Whoever reads at the end will come back for what is appended there. */
function noteEnd(log: LogState): void {
  const segment = activeSegment(log)
  const { logEnd } = log
  if (log.hints.find(logEnd) !== null) return
  log.hints.note({ offset: logEnd, segment, position: segment.sizeBytes })
}

function nothing(offset: number, options: ReadOptions): ReadResult {
  const abortedTransactions = options.abortedTransactions === true ? [] : null
  return { kind: 'batches', buffer: NO_BYTES, offsetEnd: offset, abortedTransactions }
}

/** What a failure while reading means to the reader. */
function asResult(log: LogState, offset: number, error: unknown): ReadResult {
  const { logStart, logEnd } = log
  // Its segment was removed while it was read.
  if (offset < logStart || offset > logEnd) return { kind: 'outOfRange', logStart, logEnd }
  const isDamage =
    error instanceof DamagedLog || (error instanceof LogError && error.code === 'UNREADABLE')
  if (!isDamage) throw log.env.failed(error)
  return { kind: 'corrupt', offset, message: `${log.name}: ${error.message}` }
}
