import { describe, expect, it } from 'vitest'
import {
  ABORT,
  buildControlBatch,
  buildEndTransactionMarker,
  coordinatorEpochOf,
  readControlRecord,
} from './control.ts'
import { RecordsError } from './error.ts'
import { isControl, isTransactional, readBatchHeader } from './header.ts'
import { readRecords } from './read.ts'
import type { RecordView } from './read.ts'

function recordWith(fields: Partial<RecordView>): RecordView {
  return { offset: 5, timestampMs: 0, key: null, value: null, headers: [], ...fields }
}

describe('control batches', () => {
  it('hold the records of the quorum, several in one', () => {
    const drafts = [
      { type: 5, value: Buffer.from('version') },
      { type: 6, value: Buffer.from('voters') },
    ]
    const batch = buildControlBatch(drafts, { baseOffset: 3, leaderEpoch: 2, timestampMs: 77 })
    const header = readBatchHeader(batch, 0)
    expect(isControl(header)).toBe(true)
    expect(isTransactional(header)).toBe(false)
    expect(header).toMatchObject({ baseOffset: 3, leaderEpoch: 2, maxTimestamp: 77 })
    const records = readRecords(batch)
    expect(records.map(readControlRecord)).toEqual(drafts)
    expect(records.map((record) => record.key?.toString('hex'))).toEqual(['00000005', '00000006'])
  })

  it('abort as well as commit', () => {
    const marker = { commit: false, coordinatorEpoch: -1, producerId: 9, producerEpoch: 1 }
    const batch = buildEndTransactionMarker(marker, { timestampMs: 1 })
    const header = readBatchHeader(batch, 0)
    expect(isControl(header) && isTransactional(header)).toBe(true)
    expect(header).toMatchObject({ producerId: 9, producerEpoch: 1, baseSequence: -1 })
    const [record = recordWith({})] = readRecords(batch)
    expect(readControlRecord(record).type).toBe(ABORT)
    expect(coordinatorEpochOf(record)).toBe(-1)
  })

  it('are read also from later versions of key and value, which only add', () => {
    const key = Buffer.from('0007000299', 'hex')
    const value = Buffer.from('00030000002aff', 'hex')
    expect(readControlRecord(recordWith({ key, value }))).toEqual({ type: 2, value })
    expect(coordinatorEpochOf(recordWith({ key, value }))).toBe(42)
  })

  it('are refused when malformed', () => {
    const value = Buffer.alloc(6)
    for (const key of [null, Buffer.alloc(3), Buffer.from('ffff0000', 'hex')]) {
      expect(() => readControlRecord(recordWith({ key, value }))).toThrow(RecordsError)
    }
    expect(() => readControlRecord(recordWith({ key: Buffer.alloc(4) }))).toThrow(RecordsError)
    for (const value of [null, Buffer.alloc(5), Buffer.from('ffff00000000', 'hex')]) {
      expect(() => coordinatorEpochOf(recordWith({ value }))).toThrow(RecordsError)
    }
  })
})
