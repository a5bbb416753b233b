/** kcat, the command line over Debian's librdkafka: produce, consume, list, query offsets, balanced groups. */
import { setTimeout as sleep } from 'node:timers/promises'

import { Child, runOk, type Finished } from '../harness/processes.ts'
import { eventually } from '../harness/suite.ts'
import { codecs, nameMaker, type ClientContext } from './context.ts'
import type { CorpusRecord } from './corpus.ts'
import { installKcat, installOrReport } from './install.ts'
import { expect, expectEqual, expectSameRecords, type ReadRecord } from './records.ts'

export const client = 'kcat'
const name = nameMaker(client)

/** Runs kcat's checks. */
export async function run(context: ClientContext): Promise<void> {
  if ((await installOrReport(context.suite, client, installKcat)) === undefined) return
  await produceChecks(context)
  await valueChecks(context)
  await queryChecks(context)
  await groupChecks(context)
}

/** Reads every corpus topic with kcat. */
export async function readCorpora(context: ClientContext): Promise<void> {
  if ((await installOrReport(context.suite, client, installKcat)) === undefined) return
  for (const { topic, corpus } of context.corpusTopics) {
    await context.suite.check(`${client}: read ${topic}`, async () => {
      const args = ['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', FORMAT]
      const { stdoutBytes } = await kcat(context, args)
      expectSameRecords(parse(stdoutBytes), corpus.records.map(asKcatPrints))
    })
  }
}

function kcat(context: ClientContext, args: readonly string[], stdin = ''): Promise<Finished> {
  return runOk('kcat', ['-b', context.bootstrap, ...args], { stdin, timeoutMs: 60_000 })
}

/** Partition, offset, timestamp, sizes of key and value, headers; then key and value as they are. */
const FORMAT = '%p %o %T %K %S %h\\n%k%s'

/** Reads what kcat printed in FORMAT. */
function parse(bytes: Buffer): ReadRecord[] {
  const records: ReadRecord[] = []
  let position = 0
  const take = (sizeBytes: number): Buffer | null => {
    if (sizeBytes < 0) return null
    position += sizeBytes
    return bytes.subarray(position - sizeBytes, position)
  }
  while (position < bytes.length) {
    const lineEnd = bytes.indexOf('\n', position)
    const fields = bytes.subarray(position, lineEnd).toString('latin1').split(' ')
    const [partition, offset, timestampMs, keySize, valueSize] = fields.slice(0, 5).map(Number)
    position = lineEnd + 1
    const key = take(keySize ?? -1)
    const value = take(valueSize ?? -1)
    const headers = [[fields.slice(5).join(' '), null]] as const
    records.push({
      partition: partition ?? -1,
      offset: offset ?? -1,
      timestampMs: timestampMs ?? -1,
      key,
      value,
      headers,
    })
  }
  return records
}

/** The record with its headers as the one text that kcat prints for them: a value ends at its first zero byte. */
function asKcatPrints(record: CorpusRecord): CorpusRecord {
  const printed = record.headers.map(([header, value]) => {
    const bytes = value ?? Buffer.from('NULL')
    const zero = bytes.indexOf(0)
    const shown = zero < 0 ? bytes : bytes.subarray(0, zero)
    return Buffer.concat([Buffer.from(`${header}=`), shown]).toString('latin1')
  })
  return { ...record, headers: [[printed.join(','), null]] }
}

/** The value that kcat prints for each record of a topic, in order. */
async function values(context: ClientContext, topic: string, args: string[] = []) {
  const all = ['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-X', 'check.crcs=true', ...args]
  return (await kcat(context, all)).stdout
}

async function produceChecks(context: ClientContext): Promise<void> {
  const { suite } = context
  const lines = Array.from({ length: 2000 }, (_, index) => `key-${index % 7}:value ${index}`)
  const text = `${lines.join('\n')}\n`
  const wanted = lines.join('\n')
  const roundTrip = async (args: string[]): Promise<void> => {
    // The topic is created by its first produce, in one partition, so kcat sees the order in which it wrote.
    const topic = name('produce')
    await kcat(context, ['-P', '-t', topic, '-K:', ...args], text)
    expectEqual('lines', (await values(context, topic, ['-K:'])).trimEnd(), wanted)
  }
  for (const codec of codecs) {
    const args = codec === 'none' ? [] : ['-z', codec]
    await suite.check(`${client}: produce and consume, ${codec}`, () => roundTrip(args))
  }
  for (const acks of ['0', '1', 'all']) {
    await suite.check(`${client}: produce with acks=${acks}`, () =>
      roundTrip(['-X', `topic.acks=${acks}`]),
    )
  }
  await suite.check(`${client}: idempotent producer`, () =>
    roundTrip(['-X', 'enable.idempotence=true', '-X', 'batch.num.messages=100']),
  )
}

async function valueChecks(context: ClientContext): Promise<void> {
  const { suite } = context
  await suite.check(`${client}: null values, headers, chosen partition`, async () => {
    const topic = name('values')
    const args = ['-P', '-t', topic, '-p', '0', '-Z', '-K:', '-H', 'a=1', '-H', 'b=two']
    await kcat(context, args, 'k1:v1\nk2:\n:v3\n')
    const found = await kcat(context, ['-C', '-t', topic, '-e', '-q', '-f', '%k|%S|%s|%h\\n'])
    const wanted = 'k1|2|v1|a=1,b=two\nk2|-1||a=1,b=two\n|2|v3|a=1,b=two\n'
    expectEqual('records', found.stdout, wanted)
  })
  await suite.check(`${client}: JSON envelopes`, async () => {
    const topic = name('json')
    await kcat(context, ['-P', '-t', topic, '-K:'], 'k:v\n')
    const found: unknown = JSON.parse(await values(context, topic, ['-J']))
    const { ts, ...rest } = found as { ts: number }
    const { topic: _, ...record } = rest as Record<string, unknown>
    expect('a fresh timestamp', Math.abs(Date.now() - ts) < 60_000, ts)
    const wanted = { partition: 0, offset: 0, tstype: 'create', broker: 0, key: 'k', payload: 'v' }
    expectEqual('record', { ...record, broker: 0 }, wanted)
  })
  await suite.check(`${client}: a big message`, async () => {
    const topic = name('big')
    await kcat(context, ['-P', '-t', topic], `${'x'.repeat(999_000)}\n`)
    expectEqual('size', (await values(context, topic)).trimEnd().length, 999_000)
  })
}

async function queryChecks(context: ClientContext): Promise<void> {
  const { suite } = context
  await suite.check(`${client}: list the cluster and a topic`, async () => {
    const topic = name('list')
    await kcat(context, ['-P', '-t', topic], 'x\n')
    const { stdout } = await kcat(context, ['-L', '-J'])
    const listed = JSON.parse(stdout) as {
      brokers: Array<{ id: number; name: string }>
      topics: Array<{ topic: string; partitions: Array<{ partition: number; leader: number }> }>
    }
    expectEqual(
      'brokers',
      listed.brokers.map((broker) => broker.name),
      [context.bootstrap],
    )
    const found = listed.topics.find((one) => one.topic === topic)
    const leaders = found?.partitions.map((one) => [one.partition, one.leader])
    expectEqual('partitions', leaders, [[0, listed.brokers[0]?.id]])
  })
  await suite.check(`${client}: query offsets by time, consume from offsets`, async () => {
    const topic = name('query')
    const beforeMs = Date.now()
    await kcat(context, ['-P', '-t', topic], 'a\nb\n')
    await sleep(20)
    const middleMs = Date.now()
    await sleep(20)
    await kcat(context, ['-P', '-t', topic], 'c\nd\n')
    const query = async (at: number): Promise<string> =>
      (await kcat(context, ['-Q', '-t', `${topic}:0:${at}`])).stdout.trim()
    expectEqual('before', await query(beforeMs - 10_000), `${topic} [0] offset 0`)
    expectEqual('between', await query(middleMs), `${topic} [0] offset 2`)
    expectEqual('after', await query(Date.now() + 60_000), `${topic} [0] offset -1`)
    expectEqual('beginning', await query(-2), `${topic} [0] offset 0`)
    expectEqual('end', await query(-1), `${topic} [0] offset 4`)
    const from = async (offset: string): Promise<string> =>
      (await kcat(context, ['-C', '-t', topic, '-o', offset, '-e', '-q'])).stdout
    expectEqual('from 1', await from('1'), 'b\nc\nd\n')
    expectEqual('the last one', await from('-1'), 'd\n')
    expectEqual('from a time', await from(`s@${middleMs}`), 'c\nd\n')
  })
}

async function groupChecks(context: ClientContext): Promise<void> {
  const { suite, bootstrap } = context
  await suite.check(`${client}: balanced consumers, resume after leaving`, async () => {
    const [topic, group] = [name('group'), name('group')]
    await kcat(context, ['-P', '-t', topic], 'one\n')
    const settings = ['-X', 'auto.offset.reset=earliest', '-X', 'session.timeout.ms=10000']
    const start = (): Child =>
      new Child('kcat', ['-b', bootstrap, ...settings, '-u', '-G', group, topic])
    const a = start()
    await eventually('one', () => (a.stdout === 'one\n' ? true : undefined))
    const b = start()
    await b.waitForOutput(/rebalanced/, 20_000)
    // kcat commits what it has read when it is interrupted, and leaves.
    for (const member of [a, b]) {
      member.kill('SIGINT')
      expectEqual('exit code', (await member.ended).code, 0)
    }
    await kcat(context, ['-P', '-t', topic], 'two\nthree\n')
    const c = start()
    await eventually('the rest', () => (c.stdout.includes('three') ? true : undefined))
    c.kill('SIGINT')
    await c.ended
    expectEqual('what was left', c.stdout, 'two\nthree\n')
  })
}
