/** From batch to batch: the steps of recovery, followers and fetch. */
import { crc32c } from '../base/index.ts'
import { AT, BATCH_HEADER_SIZE, BATCH_PREFIX_SIZE, MAGIC, readBatchHeader } from './header.ts'
import type { BatchHeader } from './header.ts'

/** Why the bytes at some position are not one whole, undamaged batch. */
export interface BatchProblem {
  /**
   * `partial`: the bytes end before the batch does, as after a torn write;
   * `length`: the length field cannot be right; `magic`: another format; `crc`: the content changed.
   */
  readonly kind: 'partial' | 'length' | 'magic' | 'crc'
  readonly message: string
}

/**
 * Checks the batch that begins at `position` and may reach up to `end`: length, format, CRC.
 * The caller steps on by `readInt32BE(position + 8) + 12` after null.
 *
 * @returns null when it is one whole, undamaged batch
 */
export function verifyBatch(buffer: Buffer, position: number, end: number): BatchProblem | null {
  const available = end - position
  if (available < BATCH_PREFIX_SIZE) {
    return problem('partial', `found ${available} bytes, need ${BATCH_PREFIX_SIZE} for the length`)
  }
  const sizeBytes = buffer.readInt32BE(position + AT.batchLength) + BATCH_PREFIX_SIZE
  if (sizeBytes < BATCH_HEADER_SIZE) {
    return problem('length', `found a size of ${sizeBytes} bytes, need at least 61`)
  }
  if (available > AT.magic) {
    const magic = buffer.readInt8(position + AT.magic)
    if (magic !== MAGIC) return problem('magic', `found format ${magic}, need 2`)
  }
  if (sizeBytes > available) {
    return problem('partial', `found ${available} bytes, need ${sizeBytes}`)
  }
  const found = crc32c(buffer, position + AT.attributes, position + sizeBytes)
  const wanted = buffer.readUInt32BE(position + AT.crc)
  if (found !== wanted) return problem('crc', `found CRC ${found}, the header says ${wanted}`)
  return null
}

function problem(kind: BatchProblem['kind'], message: string): BatchProblem {
  return { kind, message }
}

/**
 * The headers of the whole batches in `buffer`, in order. Stops at a partial tail and at a length that
 * cannot be right. Checks nothing else: that is {@link verifyBatch}.
 */
export function* wholeBatches(buffer: Buffer): Generator<BatchHeader, void, undefined> {
  let position = 0
  while (position + BATCH_HEADER_SIZE <= buffer.length) {
    const header = readBatchHeader(buffer, position)
    const end = position + header.sizeBytes
    if (header.sizeBytes < BATCH_HEADER_SIZE || end > buffer.length) return
    yield header
    position = end
  }
}
