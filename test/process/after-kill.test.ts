/** What a node says of a log right after kill -9, before anything new is appended: its end is the recovered one, and nobody waits for ever to hear it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import {
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  ProduceRequest,
  ProduceResponse,
} from '../../src/protocol/index.ts'
import { buildBatch } from '../../src/records/index.ts'
import type { NodeConnection } from '../../src/rpc/index.ts'
import { connectTo, createTopics } from '../fuzz/good-client.ts'
import { HighwaterNode } from '../harness/highwater.ts'

const RECORDS = 5
const LATEST = -1
const CHECKPOINT_MS = 100
let node: HighwaterNode

afterEach(() => node.stop())

function connect(): Promise<NodeConnection> {
  return connectTo(Number(node.bootstrap.split(':')[1]))
}

/** A node with `flush.before.ack`, which a single one has anyway, with some records acknowledged. */
async function filled(settings: Record<string, string>): Promise<string> {
  node = await HighwaterNode.create({ settings: { 'log.flush.before.ack': 'true', ...settings } })
  await node.start()
  const client = await connect()
  const [topic] = await createTopics(client, [{ name: 'kept', partitions: 1 }])
  const id = topic?.id ?? ''
  for (let i = 0; i < RECORDS; i++) {
    const records = buildBatch([{ key: null, value: Buffer.from(`${i}`), timestampMs: Date.now() }])
    const { responses } = await client.send(ProduceRequest, ProduceResponse, {
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: 'kept', topicId: id, partitionData: [{ index: 0, records }] }],
    })
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  }
  client.close()
  return id
}

async function expectTheEnd(topicId: string): Promise<void> {
  const client = await connect()
  for (const isolationLevel of [0, 1]) {
    const { topics } = await client.send(ListOffsetsRequest, ListOffsetsResponse, {
      replicaId: -1,
      isolationLevel,
      topics: [{ name: 'kept', partitions: [{ partitionIndex: 0, timestamp: LATEST }] }],
    })
    expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, offset: RECORDS })
  }
  const { responses } = await client.send(FetchRequest, FetchResponse, {
    maxWaitMs: 10,
    minBytes: 1,
    topics: [
      { topicId, partitions: [{ partition: 0, fetchOffset: RECORDS, partitionMaxBytes: 1000 }] },
    ],
  })
  expect(responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: RECORDS })
  client.close()
}

describe('ListOffsets after kill -9, before any append', () => {
  test('answers the recovered end where no checkpoint has the high watermark', async () => {
    const id = await filled({})
    await node.kill()
    await node.start()
    await expectTheEnd(id)
  })

  test('answers, too, where the checkpoint already says that all of it is committed', async () => {
    const id = await filled({
      'replica.high.watermark.checkpoint.interval.ms': String(CHECKPOINT_MS),
    })
    await sleep(CHECKPOINT_MS * 6)
    await node.kill()
    await node.start()
    await expectTheEnd(id)
  })
})
