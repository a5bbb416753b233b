/** @platformatic/kafka, the modern client in plain JavaScript: producing, groups, offsets. */
import { setTimeout as sleep } from 'node:timers/promises'

import { Admin, type ProduceOptions } from '@platformatic/kafka'

import { eventually } from '../../harness/suite.ts'
import { codecs, type ClientContext, type Codec } from '../context.ts'
import { corpusPartitions, ofPartition } from '../corpus.ts'
import { expectEqual, expectRefusal, expectSameRecords } from '../records.ts'
import { adminChecks } from './admin.ts'
import {
  client,
  connection,
  createTopic,
  joinGroup,
  leaveGroup,
  name,
  readAll,
  send,
  toMessage,
  type Member,
  type PlatformaticContext,
} from './connection.ts'

export { client }

/** Runs all checks of this client. */
export async function run(context: ClientContext): Promise<void> {
  const admin = new Admin(connection(context.bootstrap))
  const all: PlatformaticContext = { ...context, admin }
  await produceChecks(all)
  await sizeChecks(all)
  await groupChecks(all)
  await staticMemberChecks(all)
  await offsetChecks(all)
  await adminChecks(all)
  await admin.close()
}

/** Reads every corpus topic with this client. */
export async function readCorpora(context: ClientContext): Promise<void> {
  for (const { topic, corpus } of context.corpusTopics) {
    await context.suite.check(`${client}: read ${topic}`, async () => {
      const found = await readAll(context.bootstrap, topic, corpus.records.length)
      expectSameRecords(found, corpus.records)
    })
  }
}

async function produceChecks(context: PlatformaticContext): Promise<void> {
  const { suite, bootstrap, admin, corpusWithoutNullHeaders: corpus, corpusTopics } = context
  const roundTrip = async (
    topic: string,
    codec: Codec,
    options: ProduceOptions<Buffer, Buffer, Buffer, Buffer>,
  ): Promise<void> => {
    await createTopic(admin, topic, corpusPartitions)
    const messages = corpus.records.map((record) => toMessage(topic, record))
    await send(bootstrap, messages, { compression: codec, ...options })
    expectSameRecords(await readAll(bootstrap, topic, corpus.records.length), corpus.records)
  }
  for (const codec of codecs) {
    await suite.check(`${client}: produce and consume, ${codec}`, async () => {
      const topic = name(`corpus-${codec}`)
      await roundTrip(topic, codec, { acks: -1 })
      corpusTopics.push({ topic, corpus })
    })
  }
  for (const acks of [0, 1]) {
    await suite.check(`${client}: produce with acks=${acks}`, () =>
      roundTrip(name(`acks${acks}`), 'none', { acks }),
    )
  }
  await suite.check(`${client}: idempotent producer`, () =>
    roundTrip(name('idempotent'), 'none', { idempotent: true }),
  )
}

async function sizeChecks(context: PlatformaticContext): Promise<void> {
  const { suite, bootstrap, admin } = context
  const sendBytes = (topic: string, sizeBytes: number): Promise<void> =>
    send(bootstrap, [toMessage(topic, { partition: 0, value: Buffer.alloc(sizeBytes, 'x') })])
  await suite.check(`${client}: big messages`, async () => {
    const [usual, wide] = [name('big'), name('wide')]
    await admin.createTopics({ topics: [usual] })
    const configs = [{ name: 'max.message.bytes', value: '5000000' }]
    await admin.createTopics({ topics: [wide], configs })
    await sendBytes(usual, 1_000_000)
    await expectRefusal('2 MB', () => sendBytes(usual, 2_000_000), /MESSAGE_TOO_LARGE/)
    await sendBytes(wide, 4_000_000)
    const [small] = await readAll(bootstrap, usual, 1)
    const [large] = await readAll(bootstrap, wide, 1)
    expectEqual('sizes', [small?.value?.length, large?.value?.length], [1_000_000, 4_000_000])
  })
  await suite.check(`${client}: many partitions`, async () => {
    const topic = name('many')
    const partitions = 100
    await createTopic(admin, topic, partitions)
    const numbers = Array.from({ length: partitions }, (_, partition) => partition)
    const messages = numbers.map((partition) =>
      toMessage(topic, { partition, value: Buffer.from(`in ${partition}`) }),
    )
    await send(bootstrap, messages, { idempotent: true, acks: -1 })
    const found = await readAll(bootstrap, topic, partitions)
    found.sort((a, b) => a.partition - b.partition)
    const texts = found.map((record) => `${record.partition}: ${record.value?.toString()}`)
    expectEqual(
      'one in each',
      texts,
      numbers.map((n) => `${n}: in ${n}`),
    )
  })
}

function assignedTo(member: Member, topic: string): number[] {
  return member.consumer.assignments?.find((one) => one.topic === topic)?.partitions ?? []
}

/** Waits until the members share four partitions evenly. */
function shares(topic: string, ...members: Member[]): Promise<true> {
  return eventually('a balanced group', () => {
    const each = members.map((member) => assignedTo(member, topic))
    const all = each.flat().sort((a, b) => a - b)
    const even = each.every((partitions) => partitions.length === 4 / members.length)
    return even && all.join() === '0,1,2,3' ? true : undefined
  })
}

async function groupChecks(context: PlatformaticContext): Promise<void> {
  const { suite, bootstrap, admin } = context
  await suite.check(`${client}: group of two members, rebalance, resume`, async () => {
    const [topic, groupId] = [name('group'), name('group')]
    await createTopic(admin, topic, 4)
    const sendForty = (from: number): Promise<void> => {
      const numbers = Array.from({ length: 40 }, (_, index) => from + index)
      const messages = numbers.map((n) =>
        toMessage(topic, { partition: n % 4, value: Buffer.from(String(n)) }),
      )
      return send(bootstrap, messages)
    }
    const a = await joinGroup(bootstrap, { groupId, topic })
    await shares(topic, a)
    const b = await joinGroup(bootstrap, { groupId, topic })
    await shares(topic, a, b)
    await sendForty(0)
    await eventually('40 records', () => (a.read.length + b.read.length >= 40 ? true : undefined))
    expectEqual('each read its half', [a.read.length, b.read.length], [20, 20])
    await sleep(300)
    await leaveGroup(b)
    await shares(topic, a)
    await leaveGroup(a)
    await sendForty(40)
    const c = await joinGroup(bootstrap, { groupId, topic })
    await eventually('the rest', () => (c.read.length >= 40 ? true : undefined))
    await leaveGroup(c)
    const all = [...a.read, ...b.read, ...c.read].map((record) => Number(record.value))
    all.sort((x, y) => x - y)
    expectEqual(
      'every record once',
      all,
      Array.from({ length: 80 }, (_, index) => index),
    )
  })
}

async function staticMemberChecks(context: PlatformaticContext): Promise<void> {
  const { suite, bootstrap, admin } = context
  await suite.check(`${client}: static members join, leave and come back`, async () => {
    const [topic, groupId] = [name('static'), name('static')]
    await createTopic(admin, topic, 4)
    const a = await joinGroup(bootstrap, { groupId, topic, groupInstanceId: 'a' })
    const b = await joinGroup(bootstrap, { groupId, topic, groupInstanceId: 'b' })
    await shares(topic, a, b)
    const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
    const ids = [...(group?.members.values() ?? [])].map((member) => member.groupInstanceId ?? '')
    expectEqual('their instance ids', ids.sort(), ['a', 'b'])
    // This client leaves when it is closed, static or not, so its partitions go to the other member.
    await leaveGroup(b)
    await shares(topic, a)
    const again = await joinGroup(bootstrap, { groupId, topic, groupInstanceId: 'b' })
    await shares(topic, a, again)
    await leaveGroup(again)
    await leaveGroup(a)
  })
}

async function offsetChecks(context: PlatformaticContext): Promise<void> {
  const { suite, bootstrap, admin, corpusWithoutNullHeaders: corpus } = context
  await suite.check(`${client}: offsets by time and at both ends`, async () => {
    const topic = name('times')
    await createTopic(admin, topic)
    const records = ofPartition(corpus, 0)
    await send(
      bootstrap,
      records.map((record) => toMessage(topic, record)),
    )
    const [middle, last] = [records[30], records.at(-1)]
    if (middle === undefined || last === undefined) throw new Error('the corpus is too small')
    const at = async (timestamp: number): Promise<number> => {
      const partitions = [{ partitionIndex: 0, timestamp: BigInt(timestamp) }]
      const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions }] })
      return Number(found?.partitions[0]?.offset)
    }
    expectEqual('at its own time', await at(middle.timestampMs), 30)
    expectEqual('a moment before', await at(middle.timestampMs - 1), 30)
    expectEqual('a moment after', await at(middle.timestampMs + 1), 31)
    expectEqual('after all', await at(last.timestampMs + 1), -1)
    expectEqual('earliest', await at(-2), 0)
    expectEqual('latest', await at(-1), records.length)
    expectEqual('greatest timestamp', await at(-3), records.length - 1)
  })
}
