/** Walking the batches of a segment file in order: for recovery, for replay, for searches, for indexes made anew. */
import { INT32_MAX } from '../base/index.ts'
import {
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  isControl,
  readBatchHeader,
  verifyBatch,
} from '../records/index.ts'
import type { BatchHeader } from '../records/index.ts'
import type { PooledFile } from './file-cache.ts'
import type { Steps } from './steps.ts'

const MAGIC = 2
const VERIFY_CHUNK_BYTES = 1024 * 1024
/** Larger than most batches, so that headers come by the dozen; smaller than the bodies worth skipping. */
const HEADERS_CHUNK_BYTES = 128 * 1024

/** What to walk: `file` between two positions, the first of which is the beginning of a batch. */
export interface ScanRange {
  readonly file: PooledFile
  readonly from: number
  readonly end: number
  /** Of the segment: offsets are within an int32 of it. */
  readonly baseOffset: number
  /** No batch may begin at a smaller offset. Default: the base offset. */
  readonly offsetMin?: number
}

export interface ScanOptions {
  /** Check every CRC; otherwise only headers are read, and bodies are skipped where that saves work. */
  readonly verify: boolean
  readonly hot: boolean
  /** Bytes asked for at once. A search that ends soon wants less. */
  readonly chunkBytes?: number
}

/**
 * Called for each batch. `position` is where it begins in the file, `header.position` where in `buffer`; the whole batch is in `buffer` when it is
 * verified or a control batch. False ends the walk in front of this batch.
 */
export type Visit = (header: BatchHeader, position: number, buffer: Buffer) => boolean

export interface ScanEnd {
  /** End of the last good batch, or the beginning of the batch where the visitor ended the walk. */
  readonly position: number
  /** Offset after the last good batch; the least allowed one when there is none. */
  readonly offsetEnd: number
  /** Why the walk ended before `end`; null when it did not, or the visitor wanted so. */
  readonly problem: string | null
}

/** Walks the batches of a range until its end, the first one that cannot be right, or the visitor's wish. */
export function* scanBatches(range: ScanRange, options: ScanOptions, visit: Visit): Steps<ScanEnd> {
  const { file, end } = range
  const { verify, hot } = options
  const chunkBytes = options.chunkBytes ?? (verify ? VERIFY_CHUNK_BYTES : HEADERS_CHUNK_BYTES)
  const memory = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(end - range.from, 0)))
  let position = range.from
  let offsetEnd = range.offsetMin ?? range.baseOffset
  let window: Buffer = memory.subarray(0, 0)
  let windowStart = position

  while (position < end) {
    if (position + BATCH_HEADER_SIZE > windowStart + window.length) {
      const sizeBytes = Math.min(memory.length, end - position)
      window = yield { file, position, sizeBytes, hot, into: memory }
      windowStart = position
    }
    let at = position - windowStart
    if (window.length - at < BATCH_HEADER_SIZE) {
      return { position, offsetEnd, problem: `only ${window.length - at} bytes of a header` }
    }
    let header = readBatchHeader(window, at)
    let problem = headerProblem(header, range.baseOffset, offsetEnd, end - position)
    if (problem !== null) return { position, offsetEnd, problem }

    if ((verify || isControl(header)) && at + header.sizeBytes > window.length) {
      const sizeBytes = Math.min(Math.max(memory.length, header.sizeBytes), end - position)
      const into = sizeBytes <= memory.length ? memory : Buffer.allocUnsafe(sizeBytes)
      window = yield { file, position, sizeBytes, hot, into }
      windowStart = position
      at = 0
      if (window.length < header.sizeBytes) {
        return { position, offsetEnd, problem: `only ${window.length} bytes of a batch` }
      }
      header = readBatchHeader(window, at)
    }
    if (verify) {
      problem = verifyBatch(window, at, at + header.sizeBytes)?.message ?? null
      if (problem !== null) return { position, offsetEnd, problem }
    }
    if (!visit(header, position, window)) return { position, offsetEnd, problem: null }
    position += header.sizeBytes
    offsetEnd = header.baseOffset + header.lastOffsetDelta + 1
  }
  return { position, offsetEnd, problem: null }
}

/** Why a header cannot be one of ours; null when it can. `available` are the bytes from its beginning to the end of what is written. */
export function headerProblem(
  header: BatchHeader,
  segmentBaseOffset: number,
  offsetMin: number,
  available: number,
): string | null {
  if (header.magic === 0 && header.sizeBytes === BATCH_PREFIX_SIZE && header.crc === 0) {
    return 'zeros, as in space that was never written'
  }
  if (header.magic !== MAGIC) return `format ${header.magic} instead of 2`
  if (header.sizeBytes < BATCH_HEADER_SIZE) return `a size of ${header.sizeBytes} bytes`
  if (header.lastOffsetDelta < 0) return `a last offset delta of ${header.lastOffsetDelta}`
  if (header.baseOffset < offsetMin) {
    return `base offset ${header.baseOffset} where ${offsetMin} or more is due`
  }
  const relativeLast = header.baseOffset + header.lastOffsetDelta - segmentBaseOffset
  if (relativeLast > INT32_MAX) return `offset ${header.baseOffset}, too far from ${offsetMin}`
  if (header.sizeBytes > available) {
    return `a size of ${header.sizeBytes} bytes where only ${available} follow`
  }
  return null
}
