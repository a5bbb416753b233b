/** Request frames, made once and sent many times: the client must cost as little as possible. */
import { encodeRequest, FetchRequest, ProduceRequest } from '../../src/protocol/index.ts'
import { buildBatch } from '../../src/records/index.ts'

export interface Load {
  readonly name: string
  readonly recordBytes: number
  readonly batchBytes: number
}

/** Old records would be deleted by their age while they are measured. */
const NOW_MS = Date.now()

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
    timestampMs: NOW_MS,
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

/** Kafka's clients ask for this much of a partition. */
const FETCH_BYTES = 1024 * 1024

/** A consumer that reads one partition from its beginning to its end, over and over, by sessionless Fetch requests (version 11). */
export class Sequential {
  records = 0
  readonly #frame: Buffer
  readonly #offsetPosition: number
  readonly #batchBytes: number
  readonly #batchRecords: number
  readonly #logEnd: number
  #offset = 0

  /** The partition holds `batch` over and over, from offset 0 to `logEnd`. */
  constructor(options: {
    topic: string
    partition: number
    batch: Buffer
    recordCount: number
    logEnd: number
  }) {
    const { topic, partition, batch, recordCount, logEnd } = options
    this.#frame = fetchFrame(topic, partition, MARK)
    this.#offsetPosition = this.#frame.indexOf(markBytes())
    this.#batchBytes = batch.length
    this.#batchRecords = recordCount
    this.#logEnd = logEnd
  }

  next(): Buffer {
    this.#frame.writeBigInt64BE(BigInt(this.#offset), this.#offsetPosition)
    return this.#frame
  }

  /** Takes a response: what is not whole batches in it is less than one. */
  check(sample: Buffer, sizeBytes: number): void {
    const records = Math.floor(sizeBytes / this.#batchBytes) * this.#batchRecords
    if (records === 0) throw new Error(`A fetch came back empty: ${sample.toString('hex')}`)
    this.records += records
    this.#offset += records
    if (this.#offset >= this.#logEnd) this.#offset = 0
  }
}

/** An offset that stands for another one in a frame. */
const MARK = 0x0001_2345_6789_abcd

function markBytes(): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(MARK))
  return bytes
}

function fetchFrame(topic: string, partition: number, fetchOffset: number): Buffer {
  const header = { correlationId: 0, clientId: 'bench' }
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: FETCH_BYTES }]
  return Buffer.concat(
    encodeRequest(FetchRequest, 11, header, {
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions }],
    }),
  )
}
