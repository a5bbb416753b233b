import { describe, expect, it } from 'vitest'
import { buildBatch, stampBatch } from '../../records/index.ts'
import { batchesOf, DamagedBatchError } from './fetch.ts'
import type { FetchedPartition } from './fetch.ts'

function batch(baseOffset: number, ...values: string[]): Buffer {
  const drafts = values.map((value) => ({ key: null, value: Buffer.from(value), timestampMs: 1 }))
  const bytes = buildBatch(drafts)
  stampBatch(bytes, 0, baseOffset, 5)
  return bytes
}

function fetched(...batches: Buffer[]): FetchedPartition {
  return {
    topic: 't',
    partitionIndex: 1,
    errorCode: 0,
    highWatermark: 9,
    lastStableOffset: 9,
    logStartOffset: 0,
    divergingEpoch: { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: Buffer.concat(batches),
  }
}

function read(partition: FetchedPartition, position: number): [string, number][] {
  return [...batchesOf(partition, position, 7)].map(({ records, offsetEnd }) => [
    records.map(({ value }) => value?.toString()).join(''),
    offsetEnd,
  ])
}

describe('batchesOf', () => {
  it('leaves out what lies before the wanted offset: brokers answer with whole batches', () => {
    const partition = fetched(batch(2, 'a', 'b', 'c'), batch(5, 'd'))
    expect(read(partition, 3)).toEqual([
      ['bc', 5],
      ['d', 6],
    ])
  })

  it('stops at a batch that is cut off', () => {
    const whole = batch(0, 'a')
    expect(read(fetched(whole, batch(1, 'b').subarray(0, 65)), 0)).toEqual([['a', 1]])
  })

  it('says where records come from', () => {
    const [first] = batchesOf(fetched(batch(0, 'a')), 0, 7)
    expect(first?.source).toEqual({
      topic: 't',
      partition: 1,
      leaderEpoch: 5,
      timestampType: 'create',
      nodeId: 7,
    })
  })

  it('refuses a damaged batch', () => {
    const bytes = batch(0, 'abc')
    bytes[bytes.length - 2] = 0
    expect(() => read(fetched(bytes), 0)).toThrow(DamagedBatchError)
  })
})
