/** kafkajs itself: its codecs, a producer, reading a topic to its end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'

import kafkajs, {
  type Admin,
  type EachMessagePayload,
  type Kafka,
  type Message,
  type Producer,
  type ProducerConfig,
} from 'kafkajs'
import { compressFrameSync, decompressFrameSync } from 'lz4-napi'
import { compressSync, uncompressSync } from 'snappy'

import { eventually } from '../../harness/suite.ts'
import { nameMaker, type ClientContext, type Codec } from '../context.ts'
import type { CorpusRecord } from '../corpus.ts'
import type { ReadRecord } from '../records.ts'

export const client = 'kafkajs'
const { CompressionCodecs, CompressionTypes, Kafka: KafkaClient, logLevel } = kafkajs

/** Names that only these checks use. */
export const name = nameMaker(client)

/** Everything a kafkajs check needs. */
export interface KafkajsContext extends ClientContext {
  readonly kafka: Kafka
  readonly admin: Admin
}

export function connectTo(bootstrap: string): Kafka {
  return new KafkaClient({
    clientId: 'kafkajs-checks',
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 100 },
  })
}

/** kafkajs brings gzip only; the other codecs are registered by its users like this. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(compressSync(encoder.buffer)),
    decompress: (buffer: Buffer) => Promise.resolve(uncompressSnappy(buffer)),
  })
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(compressFrameSync(encoder.buffer)),
    decompress: (buffer: Buffer) => Promise.resolve(decompressFrameSync(buffer)),
  })
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(zstdCompressSync(encoder.buffer)),
    decompress: (buffer: Buffer) => Promise.resolve(zstdDecompressSync(buffer)),
  })
}

/** Snappy as one raw block, or in the blocks of snappy-java's stream (16 bytes of header, then size and block). */
function uncompressSnappy(buffer: Buffer): Buffer {
  if (!buffer.subarray(1, 7).equals(Buffer.from('SNAPPY'))) return raw(buffer)
  const blocks: Buffer[] = []
  for (let position = 16; position < buffer.length;) {
    const sizeBytes = buffer.readInt32BE(position)
    blocks.push(raw(buffer.subarray(position + 4, position + 4 + sizeBytes)))
    position += 4 + sizeBytes
  }
  return Buffer.concat(blocks)
}

function raw(block: Buffer): Buffer {
  const bytes = uncompressSync(block, { asBuffer: true })
  return typeof bytes === 'string' ? Buffer.from(bytes) : bytes
}

export const codecType: Record<Codec, kafkajs.CompressionTypes> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

/** A producer for the time of `body`. */
export async function withProducer<T>(
  kafka: Kafka,
  config: ProducerConfig,
  body: (producer: Producer) => Promise<T>,
): Promise<T> {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    ...config,
  })
  await producer.connect()
  try {
    return await body(producer)
  } finally {
    await producer.disconnect()
  }
}

/** A record of the corpus as kafkajs wants it. */
export function toMessage(record: CorpusRecord): Message {
  const headers: Record<string, Buffer | Buffer[]> = {}
  for (const [header, value] of record.headers) {
    const bytes = value ?? Buffer.alloc(0)
    const before = headers[header]
    if (before === undefined) headers[header] = bytes
    else headers[header] = Array.isArray(before) ? [...before, bytes] : [before, bytes]
  }
  return {
    partition: record.partition,
    key: record.key,
    value: record.value,
    headers,
    timestamp: String(record.timestampMs),
  }
}

/** Turns one kafkajs message into what the comparison wants. */
export function toRecord({ partition, message }: EachMessagePayload): ReadRecord {
  const headers = Object.entries(message.headers ?? {}).flatMap(([header, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [header, toBytes(one)] as const),
  )
  return {
    partition,
    offset: Number(message.offset),
    key: message.key,
    value: message.value,
    headers,
    timestampMs: Number(message.timestamp),
  }
}

function toBytes(value: Buffer | string | null | undefined): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value) : (value ?? null)
}

/**
 * Reads `count` records of a topic from its start in a group of its own, and a moment longer, to see what is too many.
 * A rebalance makes kafkajs deliver again what was not committed: a record counts once, by partition and offset.
 */
export async function readAll(kafka: Kafka, topic: string, count: number): Promise<ReadRecord[]> {
  const found = new Map<string, ReadRecord>()
  const consumer = kafka.consumer({ groupId: name('read'), maxWaitTimeInMs: 200 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: (payload) => {
        found.set(`${payload.partition}/${payload.message.offset}`, toRecord(payload))
        return Promise.resolve()
      },
    })
    await eventually(`${count} records of ${topic}, found ${found.size}`, () =>
      found.size >= count ? true : undefined,
    )
    await sleep(200)
  } finally {
    await consumer.disconnect()
  }
  return [...found.values()]
}
