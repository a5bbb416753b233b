import { describe, expect, it } from 'vitest'
import { crc32c, INT64_MAX, writeInt64 } from '../base/index.ts'
import { buildBatch } from './build.ts'
import type { BatchOptions, RecordDraft } from './build.ts'
import { checkProduced } from './check.ts'
import type { CheckedBatch, ProduceRules, Refusal } from './check-rules.ts'
import type { Codec } from './compression/codec.ts'
import { buildEndTransactionMarker } from './control.ts'
import { codecOf, isLogAppendTime } from './header.ts'
import { verifyBatch } from './iterate.ts'
import { readRecords } from './read.ts'
import { compress } from './compression/compress.ts'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000
const defaults: ProduceRules = {
  maxMessageBytes: 1_048_588,
  segmentBytes: 2 ** 30,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: INT64_MAX,
  timestampAfterMaxMs: HOUR,
  compacted: false,
  compressionType: 'producer',
  nowMs: NOW,
  zstdAllowed: true,
}
const codecs: readonly Codec[] = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']

function recordOf(value: string, fields: Partial<RecordDraft> = {}): RecordDraft {
  return { key: Buffer.from('k'), value: Buffer.from(value), timestampMs: NOW, ...fields }
}

function batchOf(options: BatchOptions = {}): Buffer {
  return buildBatch([recordOf('one'), recordOf('two'), recordOf('three')], options)
}

/** With these bytes at `position`, and the CRC made right again. */
function patched(batch: Buffer, position: number, hex: string): Buffer {
  const copy = Buffer.from(batch)
  copy.write(hex, position, 'hex')
  return sealed(copy)
}

function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, 21), 17)
  return batch
}

/** A batch whose records are exactly these bytes, however wrong. */
function batchAround(records: string, recordCount: number, codec: Codec = 'uncompressed'): Buffer {
  const body = compress(codec, Buffer.from(records, 'hex'))
  const batch = Buffer.concat([batchOf({ codec }).subarray(0, 61), body])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(recordCount - 1, 23)
  batch.writeInt32BE(recordCount, 57)
  return sealed(batch)
}

function refusalOf(records: Buffer | null, rules: Partial<ProduceRules> = {}): Refusal | null {
  const checked = checkProduced(records, { ...defaults, ...rules })
  return checked.ok ? null : checked.refusal
}

function taken(records: Buffer, rules: Partial<ProduceRules> = {}): CheckedBatch {
  const checked = checkProduced(records, { ...defaults, ...rules })
  if (!checked.ok) throw new Error(checked.refusal.message)
  const { buffer } = checked.batch
  expect(verifyBatch(buffer, 0, buffer.length)).toBeNull()
  return checked.batch
}

describe('the frame of a produced batch', () => {
  const batch = batchOf()

  it('is a view on the request where nothing has to change', () => {
    const request = Buffer.concat([Buffer.from('before'), batch, Buffer.from('after')])
    const records = request.subarray(6, 6 + batch.length)
    const { buffer, header } = taken(records)
    expect(buffer).toBe(records)
    expect(header).toMatchObject({ position: 0, sizeBytes: batch.length, recordCount: 3 })
    expect(request.subarray(6, 6 + batch.length)).toEqual(batch)
  })

  it('refuses no batch, two batches and bytes behind one', () => {
    expect(refusalOf(null)?.kind).toBe('invalidRecord')
    expect(refusalOf(Buffer.alloc(0))?.kind).toBe('invalidRecord')
    expect(refusalOf(Buffer.concat([batch, batch]))?.kind).toBe('invalidRecord')
    expect(refusalOf(Buffer.concat([batch, Buffer.alloc(1)]))?.kind).toBe('invalidRecord')
  })

  it('refuses formats 0 and 1', () => {
    for (const magic of ['00', '01', '03', 'ff']) {
      expect(refusalOf(patched(batch, 16, magic))?.kind).toBe('unsupportedFormat')
    }
    const ofFormatOne = Buffer.alloc(34)
    ofFormatOne[16] = 1
    expect(refusalOf(ofFormatOne)?.kind).toBe('unsupportedFormat')
  })

  it('calls every truncation corrupt', () => {
    for (let end = 1; end < batch.length; end++) {
      expect(refusalOf(batch.subarray(0, end))?.kind).toBe('corrupt')
    }
  })

  it.each(['80000000', 'ffffffff', '00000000', '00000030', '7fffffff', '00000064'])(
    'calls the length %s corrupt',
    (length) => {
      expect(refusalOf(patched(batch, 8, length))?.kind).toBe('corrupt')
    },
  )

  it('calls a wrong CRC corrupt, before anything under it is believed', () => {
    for (const at of [17, 21, 22, 26, 43, 57, 61, batch.length - 1]) {
      const broken = Buffer.from(batch)
      broken[at] = (broken[at] ?? 0) ^ 0x04
      expect(refusalOf(broken)?.kind).toBe('corrupt')
    }
  })

  it('refuses a base offset other than 0', () => {
    for (const offset of ['0000000000000001', '0000000100000000', 'ffffffffffffffff']) {
      expect(refusalOf(patched(batch, 0, offset))?.kind).toBe('invalidRecord')
    }
  })

  it('holds the whole batch against max.message.bytes and segment.bytes', () => {
    const size = batch.length
    expect(refusalOf(batch, { maxMessageBytes: size, segmentBytes: size })).toBeNull()
    expect(refusalOf(batch, { maxMessageBytes: size - 1 })?.kind).toBe('messageTooLarge')
    expect(refusalOf(batch, { segmentBytes: size - 1 })?.kind).toBe('recordListTooLarge')
  })
})

describe('the header of a produced batch', () => {
  const batch = batchOf()

  it('refuses counts that contradict each other or are not positive', () => {
    expect(refusalOf(patched(batch, 57, '00000002'))?.kind).toBe('invalidRecord')
    expect(refusalOf(patched(batch, 23, '00000003'))?.kind).toBe('invalidRecord')
    expect(refusalOf(patched(patched(batch, 23, 'ffffffff'), 57, '00000000'))?.kind).toBe(
      'invalidRecord',
    )
    expect(refusalOf(patched(patched(batch, 23, 'fffffffe'), 57, 'ffffffff'))?.kind).toBe(
      'invalidRecord',
    )
  })

  it('refuses control batches from clients', () => {
    const marker = { commit: true, coordinatorEpoch: 0, producerId: 1, producerEpoch: 0 }
    const control = buildEndTransactionMarker(marker, { timestampMs: NOW })
    expect(refusalOf(control)).toMatchObject({ kind: 'invalidRecord' })
    expect(refusalOf(control)?.message).toContain('control')
  })

  it('refuses a producer without a sequence, and an id beyond 2^53', () => {
    const sequenced = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
    expect(refusalOf(batchOf(sequenced))).toBeNull()
    expect(refusalOf(batchOf({ ...sequenced, baseSequence: -1 }))?.kind).toBe('invalidRecord')
    expect(refusalOf(batchOf({ ...sequenced, producerId: 2 ** 53 }))?.kind).toBe('invalidRecord')
  })

  it('ignores epoch and sequence without a producer id (kafkajs, platformatic)', () => {
    const odd = { producerId: -1, producerEpoch: 0, baseSequence: 0, leaderEpoch: 0 }
    expect(taken(batchOf(odd)).header).toMatchObject({ producerEpoch: 0, baseSequence: 0 })
  })

  it('takes transactional batches', () => {
    const options = { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true }
    expect(refusalOf(batchOf(options))).toBeNull()
  })

  it('refuses unknown codecs, and zstd where the client could not read it', () => {
    for (const attributes of ['0005', '0006', '0007']) {
      expect(refusalOf(patched(batch, 21, attributes))?.kind).toBe('unsupportedCompression')
    }
    const zstd = batchOf({ codec: 'zstd' })
    expect(refusalOf(zstd, { zstdAllowed: false })?.kind).toBe('unsupportedCompression')
    expect(refusalOf(zstd)).toBeNull()
  })
})

describe.each(codecs)('the records of a produced batch: %s', (codec) => {
  const sound: Record<string, [string, number]> = {
    'nulls only': ['0c000000010100', 1],
    'key and value': ['10000000026b026100', 1],
    'a header with a null value': ['12000000010102026801', 1],
    'offsets over two records': ['0c0000000101000c000002010100', 2],
  }
  it.each(Object.entries(sound))('takes %s', (_, [records, count]) => {
    expect(refusalOf(batchAround(records, count, codec))).toBeNull()
  })

  const unsound: Record<string, [string, number, string]> = {
    'no bytes for the record': ['', 1, 'length is wrong'],
    'one record too few': ['0c000000010100', 2, 'record 1 its length is wrong'],
    'one record too many': ['0c0000000101000c000002010100', 1, '7 bytes behind the last record'],
    'bytes left over behind the records': ['0c00000001010000', 1, '1 bytes behind'],
    'bytes left over in a record': ['0e00000001010000', 1, 'left over behind its headers'],
    'a record longer than the batch': ['0e000000010100', 1, 'longer than its batch'],
    'a record too short to be one': ['0a0000000101', 1, 'length is wrong'],
    'a negative length': ['0b000000010100', 1, 'length is wrong'],
    'a length that never ends': ['ffffffffffff', 1, 'length is wrong'],
    'a timestamp that never ends': ['1e00ffffffffffffffffffffff00010100', 1, 'timestamp'],
    'an offset that never ends': ['160000ffffffffff00010100', 1, 'offset is malformed'],
    'a key of length -2': ['0c000000030100', 1, 'key length is wrong'],
    'a key longer than the record': ['0c000000080100', 1, 'key is longer'],
    'a value of length -2': ['0c000000010300', 1, 'value length is wrong'],
    'a value longer than the record': ['0c000000010400', 1, 'value is longer'],
    'no header count': ['0c00000001026b', 1, 'header count is wrong'],
    'a negative header count': ['0c000000010101', 1, 'header count is wrong'],
    'headers that are not there': ['0c000000010104', 1, 'key of a header is wrong'],
    'two billion headers': ['140000000101feffffff0f', 1, 'key of a header is wrong'],
    'a header with a null key': ['100000000101020101', 1, 'key of a header is wrong'],
    'a header with a key that is too long': ['100000000101020801', 1, 'key of a header is longer'],
    'a header with a value of length -2': ['100000000101020003', 1, 'value of a header is wrong'],
    'a header with a value that is too long': ['100000000101020008', 1, 'header is longer'],
  }
  it.each(Object.entries(unsound))('refuses %s', (_, [records, count, message]) => {
    const refusal = refusalOf(batchAround(records, count, codec))
    expect(refusal).toMatchObject({ kind: 'invalidRecord', recordErrors: [] })
    expect(refusal?.message).toContain(message)
  })

  it('demands keys in a compacted topic, and names the records without', () => {
    const records = [recordOf('a'), recordOf('b', { key: null }), recordOf('c', { key: null })]
    const refusal = refusalOf(buildBatch(records, { codec }), { compacted: true })
    expect(refusal?.kind).toBe('invalidRecord')
    expect(refusal?.recordErrors.map((error) => error.index)).toEqual([1, 2])
    expect(refusalOf(buildBatch(records, { codec }))).toBeNull()
    expect(refusalOf(batchOf({ codec }), { compacted: true })).toBeNull()
  })

  it('holds timestamps against both limits', () => {
    const at = (timestampMs: number, rules: Partial<ProduceRules> = {}): Refusal | null =>
      refusalOf(buildBatch([recordOf('a'), recordOf('b', { timestampMs })], { codec }), rules)
    expect(at(NOW + HOUR)).toBeNull()
    expect(at(NOW + HOUR + 1)).toMatchObject({
      kind: 'invalidTimestamp',
      recordErrors: [{ index: 1 }],
    })
    expect(at(0)).toBeNull()
    expect(at(NOW - 5, { timestampBeforeMaxMs: 5 })).toBeNull()
    expect(at(NOW - 6, { timestampBeforeMaxMs: 5 })?.kind).toBe('invalidTimestamp')
    expect(at(-1, { timestampBeforeMaxMs: 5 })).toBeNull() // -1: no timestamp
    expect(at(NOW * 1000, { timestampAfterMaxMs: INT64_MAX })).toBeNull()
    expect(at(NOW * 1000, { timestampType: 'LogAppendTime' })).toBeNull()
  })

  it('answers INVALID_TIMESTAMP where keys are missing as well', () => {
    const records = [recordOf('a', { key: null }), recordOf('b', { timestampMs: NOW * 2 })]
    const refusal = refusalOf(buildBatch(records, { codec }), { compacted: true })
    expect(refusal?.kind).toBe('invalidTimestamp')
    expect(refusal?.recordErrors).toHaveLength(2)
  })

  it('corrects a wrong maxTimestamp', () => {
    for (const wrong of [0, NOW - 1, NOW + 1, -5, INT64_MAX]) {
      const batch = batchOf({ codec })
      writeInt64(batch, wrong, 35)
      const { buffer, header } = taken(sealed(batch))
      expect(header.maxTimestamp).toBe(NOW)
      expect(buffer).toEqual(batchOf({ codec }))
    }
  })

  it('stamps LogAppendTime without touching the records', () => {
    const { buffer, header } = taken(batchOf({ codec }), {
      timestampType: 'LogAppendTime',
      nowMs: NOW + 5,
    })
    expect(isLogAppendTime(header)).toBe(true)
    expect(buffer).toEqual(batchOf({ codec, logAppendTimeMs: NOW + 5 }))
  })

  it('clears attributes without a meaning where it writes them, and only there', () => {
    const odd = patched(batchOf({ codec }), 21, '55')
    expect(taken(Buffer.from(odd)).buffer).toEqual(odd)
    const { buffer } = taken(odd, { timestampType: 'LogAppendTime' })
    expect(buffer).toEqual(batchOf({ codec, logAppendTimeMs: NOW }))
  })

  it('refuses LogAppendTime set by a client, whatever the topic says', () => {
    for (const timestampType of ['CreateTime', 'LogAppendTime'] as const) {
      const refusal = refusalOf(batchOf({ codec, logAppendTimeMs: NOW }), { timestampType })
      expect(refusal).toMatchObject({ kind: 'invalidTimestamp', recordErrors: [{ index: 0 }] })
    }
  })

  it('numbers records anew whose offsets do not count 0, 1, 2', () => {
    const records = [5, 0, 200].map((offsetDelta, i) => recordOf(`v${i}`, { offsetDelta }))
    const options = { codec, lastOffsetDelta: 2, producerId: 3, producerEpoch: 1, baseSequence: 9 }
    const { buffer, header } = taken(buildBatch(records, options))
    const inOrder = records.map((record, offsetDelta) => ({ ...record, offsetDelta }))
    expect(readRecords(buffer)).toEqual(readRecords(buildBatch(inOrder, options)))
    expect(header).toMatchObject({ producerId: 3, baseSequence: 9, lastOffsetDelta: 2 })
  })

  it.each(codecs)('is recompressed where the topic wants %s', (wanted) => {
    const { buffer, header } = taken(batchOf({ codec }), { compressionType: wanted })
    expect(codecOf(header)).toBe(wanted)
    expect(readRecords(buffer)).toEqual(readRecords(batchOf()))
    if (wanted === codec) expect(buffer).toEqual(batchOf({ codec }))
  })
})

describe('what a correction costs', () => {
  it('is checked against max.message.bytes once more', () => {
    const value = Buffer.alloc(10_000, 'a')
    const batch = buildBatch([{ key: null, value, timestampMs: NOW }], { codec: 'gzip' })
    const rules = { maxMessageBytes: 5000, compressionType: 'uncompressed' } as const
    expect(refusalOf(batch, rules)?.kind).toBe('messageTooLarge')
  })

  it('uses the level of the topic', () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i * 7919} of the log`)
    const batch = buildBatch(lines.map((line) => recordOf(line)))
    const sizeAt = (compressionLevel: number): number =>
      taken(Buffer.from(batch), { compressionType: 'zstd', compressionLevel }).buffer.length
    expect(sizeAt(19)).toBeLessThan(sizeAt(1))
  })

  it('lists at most a hundred records', () => {
    const batch = buildBatch(Array.from({ length: 5000 }, () => recordOf('x', { key: null })))
    expect(refusalOf(batch, { compacted: true })?.recordErrors).toHaveLength(100)
  })
})

describe('timestamps that a number cannot hold', () => {
  it('are refused, in the base and in a record', () => {
    const huge = buildBatch([recordOf('a', { timestampMs: 2 ** 60 })])
    const rules = { timestampAfterMaxMs: INT64_MAX }
    expect(refusalOf(huge, rules)?.kind).toBe('invalidTimestamp')
    const far = buildBatch([
      recordOf('a', { timestampMs: 2 ** 52 }),
      recordOf('b', { timestampMs: 2 ** 52 + 2 ** 52 }),
    ])
    expect(refusalOf(far, rules)?.kind).toBe('invalidTimestamp')
  })

  it('are refused in the base even where a record brings them back to 0', () => {
    const backToZero = '1c00ffffffffffffffff1f00010100' // timestamp delta -2^60
    const batch = patched(batchAround(backToZero, 1), 27, '1000000000000000')
    expect(refusalOf(batch)?.kind).toBe('invalidTimestamp')
    expect(refusalOf(patched(batch, 27, '0010000000000000'))?.message).toContain('outside')
  })

  it('leave a batch without any timestamp alone', () => {
    const batch = buildBatch([{ key: null, value: null }])
    expect(taken(batch).header).toMatchObject({ baseTimestamp: -1, maxTimestamp: -1 })
  })
})
