/**
 * A few messages byte by byte, where a mistake in the schema would break real clients. All other facts are held against Apache Kafka's
 * own schemas and code by test/apache.
 */
import { describe, expect, it } from 'vitest'
import type { Message } from '../../wire/index.ts'
import { Reader } from '../../wire/index.ts'
import {
  DescribeTopicPartitionsRequest,
  FetchRequest,
  FetchResponse,
  FindCoordinatorResponse,
  JoinGroupRequest,
  MetadataRequest,
  OffsetFetchRequest,
  ProduceRequest,
  ProduceResponse,
} from './index.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

function read<T>(message: Message<T, unknown>, version: number, text: string): T {
  const reader = new Reader(hex(text))
  const value = message.decode(reader, version)
  expect(reader.remaining).toBe(0)
  return value
}

describe('Metadata', () => {
  it('asks for all topics by an empty list in version 0, by null later', () => {
    expect(read(MetadataRequest, 0, '00000000').topics).toEqual([])
    expect(read(MetadataRequest, 1, 'ffffffff').topics).toBeNull()
    expect(read(MetadataRequest, 4, 'ffffffff 00')).toMatchObject({
      topics: null,
      allowAutoTopicCreation: false,
    })
    expect(read(MetadataRequest, 9, '00 01 00 00 00').topics).toBeNull()
  })

  it('lets old versions create topics, which could not say otherwise', () => {
    expect(read(MetadataRequest, 1, '00000000').allowAutoTopicCreation).toBe(true)
  })
})

describe('Produce', () => {
  it('takes null and empty records', () => {
    const request = (records: string): string =>
      `ffff ffff 00007530 00000001 0001 74 00000001 00000003 ${records}`
    const records = (text: string): Buffer | null | undefined =>
      read(ProduceRequest, 7, request(text)).topicData[0]?.partitionData[0]?.records
    expect(records('ffffffff')).toBeNull()
    expect(records('00000000')).toEqual(Buffer.alloc(0))
    expect(records('00000002 beef')).toEqual(hex('beef'))
  })

  it('has a topic id instead of the name from version 13 on', () => {
    const topic = {
      topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      partitionData: [{ index: 3, records: null }],
    }
    const bytes = ProduceRequest.toBuffer(13, { acks: -1, timeoutMs: 30_000, topicData: [topic] })
    expect(bytes).toEqual(
      hex('00 ffff 00007530 02 00000000000000000000000000000001 02 00000003 00 00 00 00'),
    )
  })

  it('answers version 7 in the old form, with the throttle time at the end', () => {
    const partition = { index: 3, errorCode: 0, baseOffset: 5, logStartOffset: 2 }
    const response = { responses: [{ name: 't', partitionResponses: [partition] }] }
    expect(ProduceResponse.toBuffer(7, response)).toEqual(
      hex(`00000001 0001 74 00000001
        00000003 0000 0000000000000005 ffffffffffffffff 0000000000000002 00000000`),
    )
  })

  it('names the new leader in tagged fields', () => {
    const partition = {
      index: 3,
      errorCode: 6,
      baseOffset: -1,
      currentLeader: { leaderId: 2, leaderEpoch: 9 },
    }
    const response = {
      responses: [{ name: 't', partitionResponses: [partition] }],
      nodeEndpoints: [{ nodeId: 2, host: 'h', port: 9092 }],
    }
    expect(ProduceResponse.toBuffer(10, response)).toEqual(
      hex(`02 02 74 02 00000003 0006 ffffffffffffffff ffffffffffffffff ffffffffffffffff 01 00
        01 00 09 00000002 00000009 00 00 00000000 01 00 0d 02 00000002 02 68 00002384 00 00`),
    )
  })
})

describe('Fetch', () => {
  it('has no replica id from version 15 on: a follower tells its state in a tagged field', () => {
    const request = { maxWaitMs: 1, minBytes: 1, maxBytes: 1, topics: [] }
    const follower = { ...request, replicaState: { replicaId: 2, replicaEpoch: 7 } }
    expect(FetchRequest.toBuffer(15, request)).toEqual(
      hex('00000001 00000001 00000001 00 00000000 ffffffff 01 01 01 00'),
    )
    expect(FetchRequest.toBuffer(15, follower)).toEqual(
      hex(`00000001 00000001 00000001 00 00000000 ffffffff 01 01 01
        01 01 0d 00000002 0000000000000007 00`),
    )
  })

  it('tells null from no aborted transactions', () => {
    const partition = {
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 1,
      records: Buffer.alloc(0),
    }
    const bytes = (abortedTransactions: [] | null): string =>
      FetchResponse.toBuffer(4, {
        responses: [{ topic: 't', partitions: [{ ...partition, abortedTransactions }] }],
      }).toString('hex')
    expect(bytes(null)).toMatch(/ffffffffffffffff(ffffffff)00000000$/)
    expect(bytes([])).toMatch(/ffffffffffffffff(00000000)00000000$/)
  })
})

describe('groups', () => {
  it('join in version 0 without a rebalance timeout of their own', () => {
    const request = read(JoinGroupRequest, 0, '0001 67 00002710 0000 0001 70 00000000')
    expect(request).toMatchObject({
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: -1,
    })
  })

  it('fetch all offsets by null, one group before version 8 and several from then on', () => {
    expect(read(OffsetFetchRequest, 2, '0001 67 ffffffff').topics).toBeNull()
    expect(read(OffsetFetchRequest, 8, '02 02 67 00 00 01 00').groups).toMatchObject([
      { groupId: 'g', topics: null },
    ])
  })

  it('find several coordinators from version 4 on', () => {
    const coordinator = {
      key: 'g',
      nodeId: 1,
      host: 'h',
      port: 9092,
      errorCode: 0,
      errorMessage: null,
    }
    expect(FindCoordinatorResponse.toBuffer(4, { coordinators: [coordinator] })).toEqual(
      hex('00000000 02 02 67 00000001 02 68 00002384 0000 00 00 00'),
    )
    expect(FindCoordinatorResponse.toBuffer(0, coordinator)).toEqual(
      hex('0000 00000001 0001 68 00002384'),
    )
  })
})

describe('DescribeTopicPartitions', () => {
  it('leads its cursor with a byte that says whether it is there', () => {
    expect(read(DescribeTopicPartitionsRequest, 0, '01 000007d0 ff 00').cursor).toBeNull()
    expect(
      read(DescribeTopicPartitionsRequest, 0, '01 000007d0 01 02 74 00000003 00 00').cursor,
    ).toEqual({ topicName: 't', partitionIndex: 3 })
  })
})
