/** From a partition's batches to the records of a program: every batch is checked against its CRC before a record of it is handed out. */
import {
  offsetEndOf,
  readBatchHeader,
  readRecords,
  RecordsError,
  verifyBatch,
  wholeBatches,
} from '../../records/index.ts'
import type { RecordView } from '../../records/index.ts'
import { LogError } from '../errors.ts'
import type { PartitionLog } from '../partition-log.ts'

/** One record. `key`, `value` and header values are views on memory of the read; copy what is kept for long. */
export type LogRecord = RecordView

/** Records that cannot be read: what is stored is not what was written. What lies before and behind is fine. */
export interface DamagedRange {
  /** The first offset that cannot be read. */
  readonly offset: number
  /** The first one behind it that can, or the end of the log (exclusive). */
  readonly offsetEnd: number
  readonly reason: string
}

export type Chunk =
  | { readonly kind: 'records'; readonly records: LogRecord[]; readonly offsetEnd: number }
  | { readonly kind: 'damaged'; readonly range: DamagedRange }

/** Offsets that are tried one by one behind damage that does not say where it ends: about as many records as lie between two index entries. */
const PROBES_MAX = 10_000

/** The records from `offset` up to `offsetEnd` (exclusive), as many as are in about `maxBytes`, at least one. Throws LogError OUT_OF_RANGE. */
export async function readChunk(
  log: PartitionLog,
  offset: number,
  offsetEnd: number,
  maxBytes: number,
): Promise<Chunk> {
  if (!Number.isSafeInteger(offset)) throw outOfRange(offset, log.logStart, log.logEnd)
  const options = { maxBytes, offsetEndMax: log.logEnd, minOneBatch: true }
  const result = await log.read(offset, options)
  if (result.kind === 'outOfRange') throw outOfRange(offset, result.logStart, result.logEnd)
  if (result.kind === 'corrupt') return damage(log, offset, -1, result.message)
  const records: LogRecord[] = []
  let reached = offset
  for (const header of wholeBatches(result.buffer)) {
    if (header.baseOffset >= offsetEnd) break
    const problem = verifyBatch(result.buffer, header.position, result.buffer.length)
    const batch = problem === null ? open(result.buffer, header) : problem.message
    if (typeof batch === 'string') {
      // What was read in front of it comes first; the next call begins at the damage.
      if (reached > offset) break
      return damage(log, offset, offsetEndOf(header), batch)
    }
    for (const record of batch) {
      if (record.offset >= offset && record.offset < offsetEnd) records.push(record)
    }
    reached = Math.min(offsetEndOf(header), offsetEnd)
  }
  return { kind: 'records', records, offsetEnd: reached }
}

export function outOfRange(offset: number, start: number, end: number): LogError {
  return new LogError(
    'OUT_OF_RANGE',
    `Cannot read offset ${offset}: the log has ${start} to ${end} (exclusive)`,
  )
}

function open(buffer: Buffer, header: ReturnType<typeof readBatchHeader>): LogRecord[] | string {
  try {
    return readRecords(buffer, header)
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error
    // A codec that is missing here is no damage.
    if (error.code === 'CODEC_UNAVAILABLE') throw new LogError('UNREADABLE', error.message, error)
    return error.message
  }
}

/** Finds out how far the damage reaches. `claimedEnd` is where the damaged batch says that it ends; -1 when even that cannot be read. */
async function damage(
  log: PartitionLog,
  offset: number,
  claimedEnd: number,
  reason: string,
): Promise<Chunk> {
  const { logEnd } = log
  const range = (offsetEnd: number): Chunk => ({
    kind: 'damaged',
    range: { offset, offsetEnd, reason },
  })
  if (claimedEnd === logEnd) return range(logEnd)
  if (claimedEnd > offset && claimedEnd < logEnd) {
    if ((await soundBatchAt(log, claimedEnd)) === claimedEnd) return range(claimedEnd)
  }
  const probesEnd = Math.min(logEnd, offset + PROBES_MAX)
  for (let probe = offset + 1; probe < probesEnd; probe++) {
    const found = await soundBatchAt(log, probe)
    if (found !== null && found > offset) return range(found)
  }
  return range(logEnd)
}

/** Base offset of the batch that is found for `offset`; null when it is damaged. */
export async function soundBatchAt(log: PartitionLog, offset: number): Promise<number | null> {
  const options = { maxBytes: 0, offsetEndMax: log.logEnd, minOneBatch: true }
  const result = await log.read(offset, options)
  if (result.kind !== 'batches' || result.buffer.length === 0) return null
  if (verifyBatch(result.buffer, 0, result.buffer.length) !== null) return null
  return readBatchHeader(result.buffer, 0).baseOffset
}
