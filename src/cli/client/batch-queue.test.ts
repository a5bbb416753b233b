import { describe, expect, it } from 'vitest'
import { readBatchHeader, readRecords } from '../../records/index.ts'
import type { RecordDraft } from '../../records/index.ts'
import { BatchQueue, estimateSize } from './batch-queue.ts'
import type { ProducerIdentity } from './batch-queue.ts'

const IDENTITY = { producerId: 7, producerEpoch: 2 }

function queueOf(values: readonly string[], identity: ProducerIdentity | null): BatchQueue {
  const settings = { codec: 'uncompressed', compressionLevel: null, batchBytes: 60 } as const
  const queue = new BatchQueue(0, { ...settings, identity })
  for (const value of values) add(queue, value)
  return queue
}

function add(queue: BatchQueue, value: string): boolean {
  const draft: RecordDraft = { key: null, value: Buffer.from(value), timestampMs: 1 }
  return queue.add(draft, estimateSize(draft))
}

/** Values and base sequence of all batches, in the order in which they are sent. */
function drain(queue: BatchQueue): [string, number][] {
  const sent: [string, number][] = []
  for (let batch = queue.head(); batch !== null; batch = queue.head()) {
    const values = readRecords(batch).map(({ value }) => value?.toString())
    sent.push([values.join(''), readBatchHeader(batch, 0).baseSequence])
    queue.shift()
  }
  return sent
}

describe('BatchQueue', () => {
  it('closes a batch before it grows too large', () => {
    const queue = queueOf([], null)
    // Three records of 17 bytes fit into 60, a fourth does not.
    expect(['a', 'b', 'c'].map((value) => add(queue, value))).toEqual([false, false, false])
    expect(add(queue, 'd')).toBe(true)
    expect(drain(queue)).toEqual([
      ['abc', -1],
      ['d', -1],
    ])
    expect(queue.isEmpty).toBe(true)
  })

  it('takes a record that is larger than a batch by itself', () => {
    const large = 'x'.repeat(100)
    expect(drain(queueOf(['a', large, 'b'], null)).map(([values]) => values)).toEqual([
      'a',
      large,
      'b',
    ])
  })

  it('numbers records on, and sends the same bytes again', () => {
    const queue = queueOf(['a', 'b', 'c', 'd'], IDENTITY)
    const first = queue.head()
    expect(queue.head()).toBe(first)
    expect(drain(queue)).toEqual([
      ['abc', 0],
      ['d', 3],
    ])
  })

  it('halves a batch without leaving a gap in the numbers', () => {
    const queue = queueOf(['a', 'b', 'c', 'd'], IDENTITY)
    queue.head()
    expect(queue.split()).toBe(true)
    expect(drain(queue)).toEqual([
      ['a', 0],
      ['bc', 1],
      ['d', 3],
    ])
  })

  it('cannot halve a single record', () => {
    const queue = queueOf(['a'], IDENTITY)
    queue.head()
    expect(queue.split()).toBe(false)
  })

  it('says how much has left, to the byte', () => {
    const values = ['a', 'bb', 'ccc', 'dddd']
    const queue = queueOf(values, null)
    queue.head()
    queue.split()
    let sizeBytes = 0
    let count = 0
    for (; queue.head() !== null; count++) sizeBytes += queue.shift().sizeBytes
    expect(sizeBytes).toBe(4 * 16 + values.join('').length)
    expect(count).toBe(3)
  })
})
