/** @platformatic/kafka itself: producers, and reading a topic to its end. */
import { setTimeout as sleep } from 'node:timers/promises'

import {
  type Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  type Message,
  type MessagesStream,
  type ProduceOptions,
} from '@platformatic/kafka'

import { eventually } from '../../harness/suite.ts'
import { nameMaker, type ClientContext } from '../context.ts'
import type { CorpusRecord } from '../corpus.ts'
import type { ReadRecord } from '../records.ts'

export const client = '@platformatic/kafka'

/** Names that only these checks use. */
export const name = nameMaker('platformatic')

/** Everything a check of this client needs. */
export interface PlatformaticContext extends ClientContext {
  readonly admin: Admin
}

/** What every client of this library is told. */
export function connection(bootstrap: string): {
  clientId: string
  bootstrapBrokers: string[]
  retries: number
  retryDelay: number
} {
  return {
    clientId: 'platformatic-checks',
    bootstrapBrokers: [bootstrap],
    retries: 10,
    retryDelay: 200,
  }
}

/**
 * Creates a topic and waits until each partition answers its leader: this client sends everything anew when one
 * partition is not ready for it, and the check would see records twice.
 */
export async function createTopic(admin: Admin, topic: string, partitions = 1): Promise<void> {
  await admin.createTopics({ topics: [topic], partitions })
  const all = Array.from({ length: partitions }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: -1n,
  }))
  await eventually(`leaders of ${topic}`, () =>
    admin.listOffsets({ topics: [{ name: topic, partitions: all }] }),
  )
}

/** Sends messages with a producer of their own. */
export async function send(
  bootstrap: string,
  messages: ReturnType<typeof toMessage>[],
  options: ProduceOptions<Buffer, Buffer, Buffer, Buffer> = {},
): Promise<void> {
  const producer = new Producer({ ...connection(bootstrap), ...options })
  try {
    await producer.send({ messages, ...options })
  } finally {
    await producer.close()
  }
}

/** A message as this library wants it; absent key and value become null on the wire. */
export function toMessage(topic: string, record: Partial<CorpusRecord> & { partition: number }) {
  const { key, value, timestampMs } = record
  return {
    topic,
    partition: record.partition,
    ...(key === null || key === undefined ? {} : { key }),
    ...(value === null || value === undefined ? {} : { value }),
    ...(timestampMs === undefined ? {} : { timestamp: BigInt(timestampMs) }),
    headers: toHeaders(record.headers ?? []),
  }
}

/** A map from buffers, which may hold one name twice. */
function toHeaders(headers: CorpusRecord['headers']): Map<Buffer, Buffer> {
  return new Map(
    headers.map(([header, value]) => [Buffer.from(header), value ?? Buffer.alloc(0)] as const),
  )
}

/** Turns one message into what the comparison wants. */
export function toRecord(message: Message): ReadRecord {
  // The types promise buffers; a null key or value arrives as null or undefined.
  const bytes = (value: Buffer | null | undefined): Buffer | null => value ?? null
  return {
    partition: message.partition,
    offset: Number(message.offset),
    key: bytes(message.key),
    value: bytes(message.value),
    headers: message.headerEntries.map(([header, value]) => [header.toString(), bytes(value)]),
    timestampMs: Number(message.timestamp),
  }
}

/** A member of a group and what it has read so far. */
export interface Member {
  readonly consumer: Consumer
  readonly stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>
  readonly read: ReadRecord[]
}

export interface MemberOptions {
  readonly groupId: string
  readonly topic: string
  readonly mode?: 'earliest' | 'committed'
  readonly groupInstanceId?: string
}

/** Starts a member that reads one topic and commits what it has read every 100 ms. */
export async function joinGroup(bootstrap: string, options: MemberOptions): Promise<Member> {
  const { groupId, groupInstanceId, topic, mode = 'committed' } = options
  const consumer = new Consumer({
    ...connection(bootstrap),
    groupId,
    ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
    sessionTimeout: 10_000,
    rebalanceTimeout: 10_000,
    heartbeatInterval: 200,
  })
  const read: ReadRecord[] = []
  const stream = await consumer.consume({
    topics: [topic],
    mode,
    ...(mode === 'committed' ? { fallbackMode: 'earliest' } : {}),
    autocommit: 100,
    maxWaitTime: 100,
  })
  stream.on('data', (message) => read.push(toRecord(message)))
  return { consumer, stream, read }
}

/** Leaves the group cleanly, what was read committed. */
export async function leaveGroup(member: Member): Promise<void> {
  await member.stream.close()
  await member.consumer.close(true)
}

/** Reads `count` records of a topic from its start, and a moment longer, to see what is too many. */
export async function readAll(
  bootstrap: string,
  topic: string,
  count: number,
): Promise<ReadRecord[]> {
  const member = await joinGroup(bootstrap, {
    groupId: name('read'),
    topic,
    mode: MessagesStreamModes.EARLIEST,
  })
  try {
    await eventually(`${count} records of ${topic}`, () =>
      member.read.length >= count ? true : undefined,
    )
    await sleep(200)
  } finally {
    await leaveGroup(member)
  }
  return member.read
}
