/** The tools that move records: console, performance and verifiable producers and consumers. */
import { expect, expectEqual } from '../clients/records.ts'
import type { Suite } from '../harness/suite.ts'
import { byText, columns, events, lines, type Tools } from './tools.ts'

export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Runs the checks of the tools that move records. */
export async function recordChecks(suite: Suite, tools: Tools): Promise<void> {
  await consoleChecks(suite, tools)
  await performanceChecks(suite, tools)
  await verifiableChecks(suite, tools)
}

async function consoleChecks(suite: Suite, tools: Tools): Promise<void> {
  for (const codec of codecs) {
    await suite.check(`ConsoleProducer and ConsoleConsumer: ${codec}`, async () => {
      const topic = `console-${codec}`
      const headers = ['--reader-property', 'parse.headers=true', '--compression-codec', codec]
      const written = Array.from(
        { length: 50 },
        (_, index) => `h:${index}\tkey-${index}:value ${index}`,
      )
      await tools.produce(topic, written, headers)
      const found = await tools.consume(topic, 50, ['--isolation-level', 'read_committed'])
      const records = found.map((line) => {
        const [time, partition, offset, header, key, value] = line.split('\t')
        expect('its time', /^CreateTime:\d{13}$/.test(time ?? ''), time)
        expectEqual('partition', partition, 'Partition:0')
        return {
          offset: Number(offset?.replace('Offset:', '')),
          text: `${header}\t${key}:${value}`,
        }
      })
      records.sort((a, b) => a.offset - b.offset)
      expectEqual(
        'offsets',
        records.map((one) => one.offset),
        written.map((_, index) => index),
      )
      expectEqual(
        'records',
        records.map((one) => one.text),
        written,
      )
    })
  }
  await suite.check('ConsoleConsumer: one partition from an offset, without a group', async () => {
    const from = ['--topic', 'console-none', '--partition', '0', '--offset', '47']
    const found = await tools.run('consoleConsumer', [...from, '--max-messages', '3'])
    expectEqual('values', lines(found), ['value 47', 'value 48', 'value 49'])
  })
  await suite.check('ConsoleProducer: idempotence off, acks 0 and 1, sync', async () => {
    for (const acks of ['0', '1']) {
      const settings = [`acks=${acks}`, 'enable.idempotence=false']
      const args = settings.flatMap((setting) => ['--command-property', setting])
      await tools.produce('console-acks', [`acks-${acks}:x`], [...args, '--sync'])
    }
    const found = await tools.consume('console-acks', 2)
    expectEqual('keys', found.map((line) => line.split('\t')[4] ?? '').sort(byText), [
      'acks-0',
      'acks-1',
    ])
  })
}

async function performanceChecks(suite: Suite, tools: Tools): Promise<void> {
  const count = 20_000
  const numbers = ['--num-records', String(count), '--record-size', '1000', '--throughput', '-1']
  for (const codec of ['none', 'zstd']) {
    const topic = `performance-${codec}`
    await suite.check(`ProducerPerformance and ConsumerPerformance: ${codec}`, async () => {
      await tools.createTopic(topic, 3)
      const settings = ['--command-property', `compression.type=${codec}`]
      const sent = await tools.run('producerPerformance', [
        '--topic',
        topic,
        ...numbers,
        ...settings,
      ])
      suite.note(lines(sent).at(-1) ?? '')
      expect('all sent', lines(sent).at(-1)?.startsWith(`${count} records sent`) === true, sent)
      const ends = lines(await tools.run('offsets', ['--topic', topic]))
      const sum = ends.reduce((total, line) => total + Number(line.split(':')[2]), 0)
      expectEqual('ends', sum, count)
      const what = ['--topic', topic, '--num-records', String(count), '--group', `${topic}-group`]
      const consumed = lines(await tools.run('consumerPerformance', what))
        .at(-1)
        ?.split(', ')
      expectEqual('records consumed', consumed?.[4], String(count))
      suite.note(`consumed ${consumed?.[3]} MB/s`)
    })
  }
  await suite.check('EndToEndLatency', async () => {
    await tools.createTopic('latency')
    const args = ['--topic', 'latency', '--num-records', '200', '--record-size', '100']
    const found = await tools.run('endToEndLatency', [...args, '--producer-acks', 'all'])
    const average = Number(/Avg latency: ([\d.]+) ms/.exec(found)?.[1])
    expect('an average latency', average > 0 && average < 1000, found)
    suite.note(lines(found).slice(-2).join('; '))
  })
}

async function verifiableChecks(suite: Suite, tools: Tools): Promise<void> {
  await suite.check('VerifiableProducer and two VerifiableConsumers in a group', async () => {
    const count = 2000
    await tools.createTopic('verifiable', 4)
    const consumer = ['--topic', 'verifiable', '--group-id', 'verifiable-group']
    const settings = ['--reset-policy', 'earliest', '--session-timeout', '10000']
    const members = [1, 2].map(() => tools.start('verifiableConsumer', [...consumer, ...settings]))
    for (const member of members) await member.waitForOutput(/partitions_assigned/, 30_000)
    const sent = await tools.run('verifiableProducer', [
      '--topic',
      'verifiable',
      '--max-messages',
      String(count),
      '--acks',
      '-1',
      '--repeating-keys',
      '50',
    ])
    const acked = events(sent, 'producer_send_success').map((event) => Number(event['value']))
    acked.sort((a, b) => a - b)
    expectEqual(
      'acknowledged',
      acked,
      Array.from({ length: count }, (_, index) => index),
    )
    const consumed = (stdout: string): number =>
      events(stdout, 'records_consumed').reduce((sum, event) => sum + Number(event['count']), 0)
    const endMs = performance.now() + 30_000
    const total = (): number => members.reduce((sum, member) => sum + consumed(member.stdout), 0)
    while (total() < count && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    for (const member of members) await member.stop()
    expectEqual('consumed', total(), count)
    for (const member of members) {
      expect('each read some', consumed(member.stdout) > 0, member.lastWords())
      const commits = events(member.stdout, 'offsets_committed')
      expect(
        'commits succeed',
        commits.every((event) => event['success'] === true),
        commits,
      )
      expect('it ended well', events(member.stdout, 'shutdown_complete').length === 1)
    }
  })
  await suite.check('ConsumerGroupCommand sees what they committed', async () => {
    const described = await tools.run('consumerGroups', [
      '--describe',
      '--group',
      'verifiable-group',
    ])
    const rows = lines(described)
      .filter((line) => line.startsWith('verifiable-group'))
      .map((line) => line.trim().split(/\s+/))
    expectEqual('partitions', rows.map((row) => row[2] ?? '').sort(byText), ['0', '1', '2', '3'])
    const [current, end, lag] = [3, 4, 5].map((column) =>
      rows.reduce((sum, row) => sum + Number(row[column]), 0),
    )
    expectEqual('offset, end, lag', [current, end, lag], [2000, 2000, 0])
    const state = await tools.run('consumerGroups', [
      '--describe',
      '--group',
      'verifiable-group',
      '--state',
    ])
    expectEqual('state', columns(state, /^verifiable-group/).slice(-2), ['Empty', '0'])
  })
}
