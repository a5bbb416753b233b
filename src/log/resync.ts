import { BATCH_HEADER_SIZE, readBatchHeader, verifyBatch } from '../records/index.ts'
import { headerProblem } from './scan.ts'
import type { ScanRange } from './scan.ts'
import type { Steps } from './steps.ts'

const CHUNK_BYTES = 1024 * 1024
const MAGIC_POSITION = 16
const MAGIC = 2

/**
 * Looks for the next whole, undamaged batch behind damaged bytes. Flushed records behind them are not lost because something in front of them is:
 * a batch that fits its CRC, its place and its offsets is one.
 *
 * @returns its position; null when there is none before the end
 */
export function* findNextBatch(range: ScanRange): Steps<number | null> {
  const { file, end, baseOffset } = range
  const offsetMin = range.offsetMin ?? baseOffset
  let chunkStart = range.from
  while (chunkStart + BATCH_HEADER_SIZE <= end) {
    const sizeBytes = Math.min(CHUNK_BYTES, end - chunkStart)
    const chunk = yield { file, position: chunkStart, sizeBytes, hot: false }
    const last = chunk.length - BATCH_HEADER_SIZE
    if (last < 0) return null
    for (let at = 0; at <= last; at++) {
      if (chunk[at + MAGIC_POSITION] !== MAGIC) continue
      const position = chunkStart + at
      const header = readBatchHeader(chunk, at)
      if (headerProblem(header, baseOffset, offsetMin, end - position) !== null) continue
      const batch = yield { file, position, sizeBytes: header.sizeBytes, hot: false }
      if (verifyBatch(batch, 0, batch.length) === null) return position
    }
    chunkStart += last + 1
  }
  return null
}
