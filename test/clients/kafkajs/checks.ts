/** kafkajs, the old client that many still run: its producer, consumer groups and offsets. */
import type { Consumer, Kafka, ProducerConfig } from 'kafkajs'

import { eventually } from '../../harness/suite.ts'
import { codecs, type ClientContext, type Codec } from '../context.ts'
import { corpusPartitions, ofPartition } from '../corpus.ts'
import { expectEqual, expectRefusal, expectSameRecords, type ReadRecord } from '../records.ts'
import { adminChecks } from './admin.ts'
import {
  client,
  codecType,
  connectTo,
  name,
  readAll,
  registerCodecs,
  toMessage,
  toRecord,
  withProducer,
  type KafkajsContext,
} from './connection.ts'

export { client }

/** Runs all of kafkajs's checks. */
export async function run(context: ClientContext): Promise<void> {
  registerCodecs()
  const kafka = connectTo(context.bootstrap)
  const admin = kafka.admin()
  const all: KafkajsContext = { ...context, kafka, admin }
  if (!(await context.suite.check(`${client}: connect`, () => admin.connect()))) return
  await produceChecks(all)
  await sizeChecks(all)
  await groupChecks(all)
  await offsetChecks(all)
  await adminChecks(all)
  await admin.disconnect()
}

/** Reads every corpus topic with kafkajs. */
export async function readCorpora(context: ClientContext): Promise<void> {
  const kafka = connectTo(context.bootstrap)
  for (const { topic, corpus } of context.corpusTopics) {
    await context.suite.check(`${client}: read ${topic}`, async () => {
      expectSameRecords(await readAll(kafka, topic, corpus.records.length), corpus.records)
    })
  }
}

async function produceChecks(context: KafkajsContext): Promise<void> {
  const { suite, kafka, admin, corpusWithoutNullHeaders: corpus, corpusTopics } = context
  const roundTrip = async (topic: string, codec: Codec, acks: number, config: ProducerConfig) => {
    await admin.createTopics({ topics: [{ topic, numPartitions: corpusPartitions }] })
    await withProducer(kafka, config, async (producer) => {
      for (let partition = 0; partition < corpusPartitions; partition += 1) {
        const messages = ofPartition(corpus, partition).map((record) => toMessage(record))
        await producer.send({ topic, acks, compression: codecType[codec], messages })
      }
    })
    expectSameRecords(await readAll(kafka, topic, corpus.records.length), corpus.records)
  }
  for (const codec of codecs) {
    await suite.check(`${client}: produce and consume, ${codec}`, async () => {
      const topic = name(`corpus-${codec}`)
      await roundTrip(topic, codec, -1, {})
      corpusTopics.push({ topic, corpus })
    })
  }
  for (const acks of [0, 1]) {
    await suite.check(`${client}: produce with acks=${acks}`, () =>
      roundTrip(name(`acks${acks}`), 'none', acks, {}),
    )
  }
  await suite.check(`${client}: idempotent producer`, () =>
    roundTrip(name('idempotent'), 'none', -1, { idempotent: true, maxInFlightRequests: 1 }),
  )
}

async function sizeChecks(context: KafkajsContext): Promise<void> {
  const { suite, kafka, admin } = context
  const sendBytes = (topic: string, sizeBytes: number): Promise<unknown> =>
    withProducer(kafka, { retry: { retries: 1 } }, (producer) =>
      producer.send({ topic, messages: [{ value: Buffer.alloc(sizeBytes, 'x') }] }),
    )
  await suite.check(`${client}: big messages`, async () => {
    const [usual, wide] = [name('big'), name('wide')]
    const configEntries = [{ name: 'max.message.bytes', value: '5000000' }]
    await admin.createTopics({ topics: [{ topic: usual }, { topic: wide, configEntries }] })
    await sendBytes(usual, 1_000_000)
    await expectRefusal('2 MB', () => sendBytes(usual, 2_000_000), /TOO_LARGE|too large/i)
    await sendBytes(wide, 4_000_000)
    const [small] = await readAll(kafka, usual, 1)
    const [large] = await readAll(kafka, wide, 1)
    expectEqual('sizes', [small?.value?.length, large?.value?.length], [1_000_000, 4_000_000])
  })
  await suite.check(`${client}: many partitions`, async () => {
    const topic = name('many')
    const numPartitions = 100
    await admin.createTopics({ topics: [{ topic, numPartitions }] })
    const messages = Array.from({ length: numPartitions }, (_, partition) => ({
      partition,
      value: `in ${partition}`,
    }))
    // Idempotent, since kafkajs sends everything anew when one partition is not ready for it.
    await withProducer(kafka, { idempotent: true, maxInFlightRequests: 1 }, (producer) =>
      producer.send({ topic, messages }),
    )
    const found = await readAll(kafka, topic, numPartitions)
    const texts = found.map((record) => `${record.partition}: ${record.value?.toString()}`).sort()
    expectEqual(
      'one record in each',
      texts,
      messages.map(({ partition, value }) => `${partition}: ${value}`).sort(),
    )
  })
}

/** A member of a group that notes what it was assigned and what it read. */
interface Member {
  readonly consumer: Consumer
  readonly read: ReadRecord[]
  assigned: number[]
}

async function joinGroup(kafka: Kafka, groupId: string, topic: string): Promise<Member> {
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 200,
  })
  const member: Member = { consumer, read: [], assigned: [] }
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    member.assigned = payload.memberAssignment[topic] ?? []
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommitThreshold: 1,
    eachMessage: (payload) => {
      member.read.push(toRecord(payload))
      return Promise.resolve()
    },
  })
  return member
}

async function groupChecks(context: KafkajsContext): Promise<void> {
  const { suite, kafka, admin } = context
  const shares = (...members: Member[]) =>
    eventually('a balanced group', () => {
      const all = members.flatMap((member) => member.assigned).sort((a, b) => a - b)
      const each = members.every((member) => member.assigned.length === 4 / members.length)
      return each && all.join() === '0,1,2,3' ? true : undefined
    })
  await suite.check(`${client}: group of two members, rebalance, resume`, async () => {
    const [topic, groupId] = [name('group'), name('group')]
    await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] })
    const send = (from: number): Promise<unknown> =>
      withProducer(kafka, {}, (producer) => {
        const numbers = Array.from({ length: 40 }, (_, index) => from + index)
        const messages = numbers.map((n) => ({ partition: n % 4, value: String(n) }))
        return producer.send({ topic, messages })
      })
    const a = await joinGroup(kafka, groupId, topic)
    await shares(a)
    const b = await joinGroup(kafka, groupId, topic)
    await shares(a, b)
    await send(0)
    await eventually('40 records', () => (a.read.length + b.read.length >= 40 ? true : undefined))
    expectEqual('each read its half', [a.read.length, b.read.length], [20, 20])
    await b.consumer.disconnect()
    await shares(a)
    await a.consumer.disconnect()
    await send(40)
    const c = await joinGroup(kafka, groupId, topic)
    await eventually('the rest', () => (c.read.length >= 40 ? true : undefined))
    await c.consumer.disconnect()
    const all = [...a.read, ...b.read, ...c.read].map((record) => Number(record.value))
    all.sort((x, y) => x - y)
    expectEqual(
      'every record once',
      all,
      Array.from({ length: 80 }, (_, index) => index),
    )
  })
}

async function offsetChecks(context: KafkajsContext): Promise<void> {
  const { suite, kafka, admin, corpus } = context
  await suite.check(`${client}: offsets by time and at both ends`, async () => {
    const topic = name('times')
    await admin.createTopics({ topics: [{ topic }] })
    const records = ofPartition(corpus, 0)
    const messages = records.map((record) => ({ ...toMessage(record), partition: 0 }))
    await withProducer(kafka, {}, (producer) => producer.send({ topic, messages }))
    const [middle, last] = [records[30], records.at(-1)]
    if (middle === undefined || last === undefined) throw new Error('the corpus is too small')
    const at = async (timestampMs: number): Promise<number> =>
      Number((await admin.fetchTopicOffsetsByTimestamp(topic, timestampMs))[0]?.offset)
    expectEqual('at its own time', await at(middle.timestampMs), 30)
    expectEqual('a moment before', await at(middle.timestampMs - 1), 30)
    expectEqual('a moment after', await at(middle.timestampMs + 1), 31)
    expectEqual('after all', await at(last.timestampMs + 1), records.length)
    const [ends] = await admin.fetchTopicOffsets(topic)
    expectEqual('ends', [ends?.low, ends?.high], ['0', String(records.length)])
  })
}
