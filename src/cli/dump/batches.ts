/** The batches of a segment or snapshot, read piece by piece. */
import { BATCH_HEADER_SIZE, readBatchHeader, verifyBatch } from '../../records/index.ts'
import type { BatchHeader, BatchProblem } from '../../records/index.ts'
import type { ReadOnlyFile } from './read-only-file.ts'

export interface FoundBatch {
  /** Its `position` counts from the start of {@link bytes}. */
  readonly header: BatchHeader
  /** Holds the batch. */
  readonly bytes: Buffer
  /** In the file. */
  readonly position: number
  /** CRC or format are wrong: the batch is shown, its records cannot be. */
  readonly problem: BatchProblem | null
}

/** Bytes at the end of a file that are no batch. */
export interface BadEnd {
  readonly position: number
  readonly message: string
}

const CHUNK = 4 * 1024 * 1024

/** A piece of a file in memory that moves along. */
class Window {
  readonly #file: ReadOnlyFile
  bytes: Buffer = Buffer.alloc(0)
  #start = 0

  constructor(file: ReadOnlyFile) {
    this.#file = file
  }

  /** Where in {@link bytes} the file's `position` is, once `sizeBytes` from there are loaded, or all there are. */
  at(position: number, sizeBytes: number): number {
    const at = position - this.#start
    if (at >= 0 && at + sizeBytes <= this.bytes.length) return at
    this.bytes = this.#file.read(position, Math.max(sizeBytes, CHUNK))
    this.#start = position
    return 0
  }
}

/** Returns what lies behind the last whole batch; null when that is the end of the file. */
export function* readBatches(file: ReadOnlyFile): Generator<FoundBatch, BadEnd | null> {
  const window = new Window(file)
  let position = 0
  while (position < file.sizeBytes) {
    const head = window.at(position, BATCH_HEADER_SIZE)
    const isHeader = window.bytes.length - head >= BATCH_HEADER_SIZE
    const sizeBytes = isHeader ? readBatchHeader(window.bytes, head).sizeBytes : 0
    if (sizeBytes < BATCH_HEADER_SIZE || position + sizeBytes > file.sizeBytes) {
      return badEnd(file, position, window)
    }
    const at = window.at(position, sizeBytes)
    const problem = verifyBatch(window.bytes, at, window.bytes.length)
    yield { header: readBatchHeader(window.bytes, at), bytes: window.bytes, position, problem }
    position += sizeBytes
  }
  return null
}

/** Zeros are no damage: the file was made larger than it is yet needed. */
function badEnd(file: ReadOnlyFile, position: number, window: Window): BadEnd | null {
  if (isZero(file, position)) return null
  const at = window.at(position, BATCH_HEADER_SIZE)
  const problem = verifyBatch(window.bytes, at, at + Math.min(window.bytes.length - at, CHUNK))
  return { position, message: problem?.message ?? 'found no batch' }
}

function isZero(file: ReadOnlyFile, from: number): boolean {
  for (let position = from; position < file.sizeBytes; position += CHUNK) {
    if (file.read(position, CHUNK).some((byte) => byte !== 0)) return false
  }
  return true
}
