/**
 * What the leader checks of a produced batch before it looks at records: items 7, 8 and 11 to 17 of the order in Kafka
 * (ProduceRequest.validateRecords, UnifiedLog.analyzeAndValidateRecords, LogValidator.validateBatch).
 * What the CRC covers is believed only after the CRC has been computed: a batch that was damaged on
 * its way must be answered as corrupt, because clients then send it again.
 */
import { crc32c } from '../base/index.ts'
import type { ProduceRules, Refusal } from './check-rules.ts'
import {
  AT,
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  codecOf,
  isControl,
  isLogAppendTime,
  MAGIC,
} from './header.ts'
import type { BatchHeader } from './header.ts'
import { PRODUCED_RECORDS_MAX } from './limits.ts'
import { refuse } from './refusal.ts'

/** Exactly one whole batch of format 2 with base offset 0, within the limits of size, and undamaged. */
export function checkFrame(records: Buffer, rules: ProduceRules): Refusal | null {
  if (records.length === 0) return refuse('invalidRecord', 'Cannot append: found no record batch')
  if (records.length > AT.magic && records.readInt8(AT.magic) !== MAGIC) {
    const magic = records.readInt8(AT.magic)
    return refuse('unsupportedFormat', `Cannot append: found batch format ${magic}, need 2`)
  }
  const length = lengthProblem(records)
  if (length !== null) return length
  if (records.readInt32BE(AT.baseOffset) !== 0 || records.readInt32BE(AT.baseOffset + 4) !== 0) {
    return refuse('invalidRecord', 'Cannot append: the base offset of a produced batch must be 0')
  }
  return checkSize(records.length, rules) ?? checkCrc(records)
}

function lengthProblem(records: Buffer): Refusal | null {
  if (records.length < BATCH_HEADER_SIZE) {
    return refuse(
      'corrupt',
      `Cannot append: found ${records.length} bytes, a batch has at least ${BATCH_HEADER_SIZE}`,
    )
  }
  const sizeBytes = records.readInt32BE(AT.batchLength) + BATCH_PREFIX_SIZE
  if (sizeBytes < BATCH_HEADER_SIZE || sizeBytes > records.length) {
    return refuse(
      'corrupt',
      `Cannot append: the batch claims ${sizeBytes} bytes, found ${records.length}`,
    )
  }
  if (sizeBytes < records.length) {
    return refuse(
      'invalidRecord',
      `Cannot append: found ${records.length - sizeBytes} bytes behind the batch, need exactly one batch`,
    )
  }
  return null
}

/** `max.message.bytes` and `segment.bytes`; once more after a batch has been rebuilt. */
export function checkSize(sizeBytes: number, rules: ProduceRules): Refusal | null {
  if (sizeBytes > rules.maxMessageBytes) {
    return refuse(
      'messageTooLarge',
      `Cannot append a batch of ${sizeBytes} bytes: max.message.bytes is ${rules.maxMessageBytes}`,
    )
  }
  if (sizeBytes > rules.segmentBytes) {
    return refuse(
      'recordListTooLarge',
      `Cannot append a batch of ${sizeBytes} bytes: segment.bytes is ${rules.segmentBytes}`,
    )
  }
  return null
}

function checkCrc(records: Buffer): Refusal | null {
  const found = crc32c(records, AT.attributes, records.length)
  const wanted = records.readUInt32BE(AT.crc)
  if (found === wanted) return null
  return refuse('corrupt', `Cannot append: found CRC ${found}, the batch header says ${wanted}`)
}

/** Whether the header, undamaged, may come from a client. */
export function checkHeader(header: BatchHeader, rules: ProduceRules): Refusal | null {
  return checkCodec(header, rules) ?? checkCounts(header) ?? checkOrigin(header)
}

function checkCodec(header: BatchHeader, rules: ProduceRules): Refusal | null {
  const codec = codecOf(header)
  if (codec === null) {
    const id = header.attributes & 0x07
    return refuse('unsupportedCompression', `Cannot append: compression type ${id} is unknown`)
  }
  if (codec === 'zstd' && !rules.zstdAllowed) {
    return refuse('unsupportedCompression', 'Cannot append zstd: it needs Produce version 7')
  }
  return null
}

function checkCounts(header: BatchHeader): Refusal | null {
  const { recordCount, lastOffsetDelta } = header
  if (lastOffsetDelta < 0 || recordCount !== lastOffsetDelta + 1) {
    return refuse(
      'invalidRecord',
      `Cannot append: the batch claims ${recordCount} records and ${lastOffsetDelta + 1} offsets`,
    )
  }
  if (recordCount <= PRODUCED_RECORDS_MAX) return null
  return refuse(
    'messageTooLarge',
    `Cannot append a batch of ${recordCount} records: at most ${PRODUCED_RECORDS_MAX}`,
  )
}

function checkOrigin(header: BatchHeader): Refusal | null {
  if (isControl(header)) {
    return refuse('invalidRecord', 'Cannot append: clients may not write control records')
  }
  if (header.producerId > Number.MAX_SAFE_INTEGER) {
    return refuse('invalidRecord', `Cannot append: no producer has the id ${header.producerId}`)
  }
  if (header.producerId >= 0 && header.baseSequence < 0) {
    return refuse(
      'invalidRecord',
      `Cannot append: producer ${header.producerId} sent the sequence ${header.baseSequence}`,
    )
  }
  if (isLogAppendTime(header)) {
    const message = 'Only the broker sets the timestamp type LogAppendTime'
    return refuse('invalidTimestamp', message, [{ index: 0, message }])
  }
  if (Math.abs(header.baseTimestamp) > Number.MAX_SAFE_INTEGER) {
    return refuse(
      'invalidTimestamp',
      `Cannot append: the base timestamp ${header.baseTimestamp} is not in milliseconds`,
    )
  }
  return null
}
