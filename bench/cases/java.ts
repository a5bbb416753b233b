/** The clients that people use: Apache Kafka's own performance tools against both brokers, each run in a JVM of its own. */
import { javaToolOk } from '../../test/harness/apache.ts'
import type { BenchOptions } from '../lib/options.ts'
import { compare } from '../lib/rounds.ts'
import type { Run } from '../lib/rounds.ts'
import { createTopic, startApache, startHighwater } from '../lib/servers.ts'
import type { Server } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'
import { verifyEnds } from '../lib/verify.ts'

const RECORD_BYTES = 1024
/** Of one run: enough for the client's JVM to get past its warm-up at the rates seen here. */
const RECORDS = 300_000
const PARTITIONS = 4
const LOADS = [
  { name: 'batch 16 KiB, linger 5', batchBytes: 16 * 1024 },
  { name: 'batch 256 KiB, linger 5', batchBytes: 256 * 1024 },
]

export async function javaCase(table: Table, { rounds }: BenchOptions): Promise<void> {
  const settings = { 'log.retention.ms': '-1' }
  const servers: Server[] = [
    await startHighwater({ ...settings, 'log.flush.before.ack': 'false' }, 'Highwater, page cache'),
    await startHighwater(settings, 'Highwater, flush before ack (default)'),
    await startApache(settings),
  ]
  try {
    for (const [index, load] of LOADS.entries()) {
      const topic = `java-${index}`
      for (const server of servers) await createTopic(server.port, topic, PARTITIONS)
      // The first run warms the broker's JVM, and is not counted.
      for (const server of servers) await produce(server, topic, load.batchBytes)
      await compare(table, {
        name: `Java producer, 1 KiB, acks=all, ${load.name}`,
        servers,
        rounds,
        run: (server) => produce(server, topic, load.batchBytes),
      })
      for (const server of servers)
        await verifyEnds(server.port, topic, PARTITIONS, RECORDS * (rounds + 1))
      let group = 0
      const consumeAll = (server: Server): Promise<Run> =>
        consume(server, topic, `${topic}-${group++}`)
      for (const server of servers) await consumeAll(server)
      await compare(table, {
        name: `Java consumer, 1 KiB, ${load.name.split(',')[0]}`,
        servers,
        rounds,
        run: consumeAll,
      })
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}

async function produce(server: Server, topic: string, batchBytes: number): Promise<Run> {
  const options = {
    '--topic': topic,
    '--num-records': RECORDS,
    '--record-size': RECORD_BYTES,
    '--throughput': -1,
  }
  const properties = {
    'bootstrap.servers': `127.0.0.1:${server.port}`,
    acks: 'all',
    'linger.ms': 5,
    'batch.size': batchBytes,
  }
  const { stdout } = await javaToolOk(
    'org.apache.kafka.tools.ProducerPerformance',
    [...asArgs(options), '--command-property', ...asProperties(properties)],
    { timeoutMs: 300_000 },
  )
  // "500000 records sent, 43215.2 records/sec (42.20 MB/sec), ..."
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  const [, sent, rate] = /^(\d+) records sent, ([\d.]+) records\/sec/.exec(last) ?? []
  if (Number(sent) !== RECORDS) throw new Error(`ProducerPerformance said: ${stdout}`)
  return { records: RECORDS, bytes: RECORDS * RECORD_BYTES, seconds: RECORDS / Number(rate) }
}

async function consume(server: Server, topic: string, group: string): Promise<Run> {
  const options = {
    '--bootstrap-server': `127.0.0.1:${server.port}`,
    '--topic': topic,
    '--group': group,
    '--num-records': RECORDS,
    '--timeout': 60_000,
  }
  const { stdout } = await javaToolOk(
    'org.apache.kafka.tools.ConsumerPerformance',
    asArgs(options),
    { timeoutMs: 300_000 },
  )
  // Start and end; MB, MB/s, records, records/s; rebalance ms, fetch ms, MB/s and records/s while fetching.
  const columns = stdout.trimEnd().split('\n').at(-1)?.split(', ') ?? []
  const [read, fetchMs] = [Number(columns[4]), Number(columns[7])]
  if (!(read >= RECORDS)) throw new Error(`ConsumerPerformance said: ${stdout}`)
  return { records: read, bytes: read * RECORD_BYTES, seconds: fetchMs / 1000 }
}

function asArgs(options: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [name, String(value)])
}

function asProperties(properties: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(properties).map(([key, value]) => `${key}=${value}`)
}
