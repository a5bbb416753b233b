/**
 * The gateway: what a client produced is held against everything a leader must know before it appends
 * (Kafka's LogValidator), once, here. What passes needs nothing but its place in the log.
 */
import { readInt64 } from '../base/index.ts'
import { checkFrame, checkHeader, checkSize } from './check-batch.ts'
import { RecordsCheck } from './check-records.ts'
import type { Checked, ProduceRules, Refusal } from './check-rules.ts'
import type { Codec } from './compression/codec.ts'
import { compress, decompress } from './compression/compress.ts'
import { renumberRecords, replaceRecords, setTimestamps } from './correct.ts'
import { RecordsError } from './error.ts'
import type { RecordsErrorCode } from './error.ts'
import { AT, BATCH_HEADER_SIZE, codecOf, readBatchHeader } from './header.ts'
import { producedLimitBytes, RENUMBERED_BYTES_MAX } from './limits.ts'
import { refuse } from './refusal.ts'

/** Too large is answered as such, because clients then split the batch and send it again. */
const REFUSAL_OF: Readonly<Record<RecordsErrorCode, Refusal['kind']>> = {
  RECORDS_TOO_LARGE: 'messageTooLarge',
  RECORDS_DAMAGED: 'invalidRecord',
  CODEC_UNAVAILABLE: 'unsupportedCompression',
}

/**
 * Checks the `records` of one partition in a Produce request: exactly one batch of format 2, whole,
 * undamaged, within the limits, its records sound and allowed by the topic. Compressed records are decompressed for
 * it (within `limits.ts`), uncompressed ones are passed over in place.
 *
 * As Kafka does, it corrects instead of refusing: a wrong `maxTimestamp`, LogAppendTime, another codec than the
 * topic's `compression.type`, offsets that do not count 0, 1, 2 … Corrections in place write to `records`.
 *
 * @returns never throws for what a client sent; `decompressedBytes` tells how much memory may be waiting for a turn of the event loop
 */
export function checkProduced(records: Buffer | null, rules: ProduceRules): Checked {
  if (records === null) return refused(refuse('invalidRecord', 'Cannot append: found no records'))
  const damage = checkFrame(records, rules)
  if (damage !== null) return refused(damage)
  const header = readBatchHeader(records, 0)
  const codec = codecOf(header) ?? 'uncompressed'
  const objection = checkHeader(header, rules)
  if (objection !== null) return refused(objection)

  const plain = uncompressed(records, codec, rules)
  if (!Buffer.isBuffer(plain)) return refused(plain)
  const decompressedBytes = codec === 'uncompressed' ? 0 : plain.length
  const check = new RecordsCheck(header, rules)
  const fault = check.run(plain)
  if (fault !== null) return refused(fault, decompressedBytes)

  if (!check.isInOrder && plain.length > RENUMBERED_BYTES_MAX) {
    const message = `Cannot append: the offsets of ${plain.length} bytes of records do not count 0, 1, 2 …`
    return refused(refuse('invalidRecord', message), decompressedBytes)
  }

  const batch = correct(records, plain, codec, check, rules)
  if (!Buffer.isBuffer(batch)) return refused(batch, decompressedBytes)
  return {
    ok: true,
    batch: { buffer: batch, header: readBatchHeader(batch, 0) },
    decompressedBytes,
  }
}

function refused(refusal: Refusal, decompressedBytes = 0): Checked {
  return { ok: false, refusal, decompressedBytes }
}

/** The records alone, without the header; a view where they are not compressed. */
function uncompressed(records: Buffer, codec: Codec, rules: ProduceRules): Buffer | Refusal {
  try {
    const limitBytes = producedLimitBytes(records.length, rules.maxMessageBytes)
    return decompress(codec, records.subarray(BATCH_HEADER_SIZE), limitBytes)
  } catch (error) {
    return refusalOf(error)
  }
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof RecordsError)) throw error
  return refuse(REFUSAL_OF[error.code], error.message)
}

/** The batch as it goes into the log: `records` itself, corrected in place, unless it must be built anew. */
function correct(
  records: Buffer,
  plain: Buffer,
  codec: Codec,
  check: RecordsCheck,
  rules: ProduceRules,
): Buffer | Refusal {
  const isLogAppendTime = rules.timestampType === 'LogAppendTime'
  const maxTimestamp = isLogAppendTime ? rules.nowMs : check.maxTimestamp
  const wanted = rules.compressionType === 'producer' ? codec : rules.compressionType
  if (check.isInOrder && wanted === codec) {
    // Nothing to take back from LogAppendTime: a client that sets it has been refused.
    if (isLogAppendTime || readInt64(records, AT.maxTimestamp) !== maxTimestamp) {
      setTimestamps(records, isLogAppendTime, maxTimestamp)
    }
    return records
  }
  const ordered = check.isInOrder ? plain : renumberRecords(plain)
  const rebuilt = recompress(records, ordered, wanted, rules)
  if (!Buffer.isBuffer(rebuilt)) return rebuilt
  setTimestamps(rebuilt, isLogAppendTime, maxTimestamp)
  return checkSize(rebuilt.length, rules) ?? rebuilt
}

function recompress(
  records: Buffer,
  plain: Buffer,
  codec: Codec,
  rules: ProduceRules,
): Buffer | Refusal {
  try {
    return replaceRecords(records, codec, compress(codec, plain, rules.compressionLevel))
  } catch (error) {
    return refusalOf(error)
  }
}
