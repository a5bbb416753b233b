/** Whether what was acknowledged is there: the end offsets, and a full read of what retention has left, batch by batch. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
} from '../../src/protocol/index.ts'
import { offsetEndOf, readBatchHeader, verifyBatch } from '../../src/records/index.ts'
import type { NodeConnection } from '../../src/rpc/index.ts'
import { connectTo } from './servers.ts'

const EARLIEST = -2
const LATEST = -1
const FETCH_BYTES = 4 * 1024 * 1024

/**
 * Throws unless each partition ends where it should and can be read from its log start to there: every batch whole and undamaged, no offset
 * missing. Returns the number of records read.
 *
 * @param ends the expected log end offset of each partition
 */
export async function verifyTopic(
  port: number,
  topic: string,
  ends: readonly number[],
): Promise<number> {
  const node = await connectTo(port)
  try {
    let records = 0
    for (const [partition, end] of ends.entries()) {
      const found = await offsetOf(node, topic, partition, LATEST)
      if (found !== end)
        throw new Error(`${topic}-${partition} ends at ${found}, ${end} records were acknowledged`)
      records += await readAll(node, topic, partition, end)
    }
    return records
  } finally {
    node.close()
  }
}

/** Throws unless the partitions, all begun at offset 0, hold so many records together. */
export async function verifyEnds(
  port: number,
  topic: string,
  partitions: number,
  records: number,
): Promise<void> {
  const node = await connectTo(port)
  try {
    let found = 0
    for (let i = 0; i < partitions; i++) found += await offsetOf(node, topic, i, LATEST)
    if (found !== records)
      throw new Error(`${topic} holds ${found} records, ${records} were acknowledged`)
  } finally {
    node.close()
  }
}

/** Waits until the leaders of all partitions answer: Apache Kafka names them in its metadata before they are ready. */
export async function whenServed(port: number, topic: string, partitions: number): Promise<void> {
  const node = await connectTo(port)
  try {
    for (let partition = 0, attempt = 0; partition < partitions; attempt++) {
      const answer = await offsetOf(node, topic, partition, LATEST).catch((error: unknown) => {
        if (attempt > 100) throw error
        return null
      })
      if (answer !== null) partition += 1
      else await sleep(50)
    }
  } finally {
    node.close()
  }
}

async function offsetOf(
  node: NodeConnection,
  topic: string,
  partitionIndex: number,
  timestamp: number,
): Promise<number> {
  const { topics } = await node.send(ListOffsetsRequest, ListOffsetsResponse, {
    replicaId: -1,
    topics: [{ name: topic, partitions: [{ partitionIndex, timestamp }] }],
  })
  const answer = topics[0]?.partitions[0]
  if (answer?.errorCode !== 0) throw new Error(`list offsets: error ${answer?.errorCode}`)
  return answer.offset
}

async function readAll(
  node: NodeConnection,
  topic: string,
  partition: number,
  end: number,
): Promise<number> {
  let start = await offsetOf(node, topic, partition, EARLIEST)
  let offset = start
  while (offset < end) {
    const response = await node.send(
      FetchRequest,
      FetchResponse,
      {
        maxWaitMs: 500,
        minBytes: 1,
        maxBytes: FETCH_BYTES,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [
          {
            topic,
            partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: FETCH_BYTES }],
          },
        ],
      },
      { version: 11 },
    )
    const answer = response.responses[0]?.partitions[0]
    if (answer?.errorCode === OFFSET_OUT_OF_RANGE) {
      // Retention went by.
      start = offset = await offsetOf(node, topic, partition, EARLIEST)
      continue
    }
    const records = answer?.records
    if (answer?.errorCode !== 0 || !Buffer.isBuffer(records) || records.length === 0)
      throw new Error(
        `${topic}-${partition} at ${offset}: error ${answer?.errorCode} or no records`,
      )
    offset = walk(records, offset)
  }
  return end - start
}

const OFFSET_OUT_OF_RANGE = 1

/** Checks the whole batches of a response; returns the offset behind the last. */
function walk(records: Buffer, offset: number): number {
  let next = offset
  for (let position = 0; position < records.length;) {
    const problem = verifyBatch(records, position, records.length)
    // A response may end within a batch.
    if (problem?.kind === 'partial' && position > 0) break
    if (problem !== null) throw new Error(`Offset ${next}: ${problem.message}`)
    const header = readBatchHeader(records, position)
    if (header.baseOffset !== next)
      throw new Error(`Offset ${next} is missing: a batch begins at ${header.baseOffset}`)
    next = offsetEndOf(header)
    position += header.sizeBytes
  }
  return next
}
