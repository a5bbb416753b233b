/** Request frames, made once and sent many times: the client must cost as little as possible. */
import { encodeRequest, FetchRequest, ProduceRequest } from '../../src/protocol/index.ts'
import { buildBatch } from '../../src/records/index.ts'

export interface Load {
  readonly name: string
  readonly recordBytes: number
  readonly batchBytes: number
}

/** Records of `recordBytes` value bytes each, as many as fill `batchBytes`; at least one. */
export function makeBatch({ recordBytes, batchBytes }: Load): {
  batch: Buffer
  recordCount: number
} {
  const recordCount = Math.max(1, Math.floor(batchBytes / (recordBytes + 10)))
  const value = Buffer.alloc(recordBytes)
  for (let i = 0; i < recordBytes; i++) value[i] = 32 + ((i * 31) % 90)
  const records = Array.from({ length: recordCount }, () => ({
    key: null,
    value,
    timestampMs: 1_700_000_000_000,
  }))
  return { batch: buildBatch(records, {}), recordCount }
}

/** A Produce request (version 9, acks=all) with the batch once for each partition in turn. */
export function produceFrame(topic: string, partition: number, batch: Buffer, acks = -1): Buffer {
  const header = { correlationId: 0, clientId: 'bench' }
  const topicData = [{ name: topic, partitionData: [{ index: partition, records: batch }] }]
  return Buffer.concat(
    encodeRequest(ProduceRequest, 9, header, { acks, timeoutMs: 30_000, topicData }),
  )
}

/** A sessionless Fetch (version 11) for one partition. */
export function fetchFrame(
  topic: string,
  partition: number,
  fetchOffset: number,
  maxBytes: number,
): Buffer {
  const header = { correlationId: 0, clientId: 'bench' }
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: maxBytes }]
  return Buffer.concat(
    encodeRequest(FetchRequest, 11, header, {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions }],
    }),
  )
}
