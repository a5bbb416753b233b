/** Produce and fetch: the same frames against the node, the floor and, if asked for, Apache Kafka, side by side. */
import { figuresOf, median } from '../lib/figures.ts'
import { fetchFrame, makeBatch, produceFrame } from '../lib/frames.ts'
import type { Load } from '../lib/frames.ts'
import { pump } from '../lib/pump.ts'
import type { PumpResult } from '../lib/pump.ts'
import { createTopic, startApache, startFloor, startHighwater } from '../lib/servers.ts'
import type { Server } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'

const LOADS: readonly Load[] = [
  { name: '1 KiB records, 16 KiB batches', recordBytes: 1024, batchBytes: 16 * 1024 },
  { name: '1 KiB records, 1 MiB batches', recordBytes: 1024, batchBytes: 1024 * 1024 - 2048 },
  { name: '100 B records, 16 KiB batches', recordBytes: 100, batchBytes: 16 * 1024 },
  { name: '100 B records, 1 MiB batches', recordBytes: 100, batchBytes: 1024 * 1024 - 2048 },
  { name: '1 KiB, one record per request', recordBytes: 1024, batchBytes: 1 },
]
const ROUNDS = 3
const CONNECTIONS = 4

interface Measured {
  readonly recordsPerSecond: number
  readonly megabytesPerSecond: number
  readonly cpuSecondsPerGigabyte: number
}

async function measure(
  server: Server,
  load: Load,
  run: () => Promise<PumpResult>,
  of: 'bytesSent' | 'bytesReceived',
): Promise<Measured> {
  const before = figuresOf(server.pid).cpuSeconds
  const result = await run()
  const cpuSeconds = figuresOf(server.pid).cpuSeconds - before
  const { recordCount } = makeBatch(load)
  const gigabytes = result[of] / 1e9
  return {
    recordsPerSecond: (result.requests * recordCount) / result.seconds,
    megabytesPerSecond: (gigabytes * 1000) / result.seconds,
    cpuSecondsPerGigabyte: cpuSeconds / gigabytes,
  }
}

function produceLoad(
  server: Server,
  topic: string,
  load: Load,
  durationMs: number,
): Promise<PumpResult> {
  const { batch } = makeBatch(load)
  const frames = Array.from({ length: CONNECTIONS }, (_, partition) =>
    produceFrame(topic, partition, batch),
  )
  return pump({
    port: server.port,
    connections: CONNECTIONS,
    inFlight: load.batchBytes > 100_000 ? 3 : 8,
    durationMs,
    next: (connection) => frames[connection] as Buffer,
    check: (response) => {
      // Header v1 of a flexible response, then topics; the floor's answer is four bytes.
      if (response.length > 4 && !isProduced(response))
        throw new Error('A produce request was refused')
    },
  })
}

/** Produce response version 9: correlation id, tags, one topic (compact), its name, one partition: index, error code. */
function isProduced(response: Buffer): boolean {
  const nameLength = (response[6] as number) - 1
  return response.readInt16BE(4 + 1 + 1 + 1 + nameLength + 1 + 4) === 0
}

export async function produceCase(
  table: Table,
  options: { apache: boolean; durationMs: number; flush: boolean },
): Promise<void> {
  const settings = {
    'log.flush.before.ack': String(options.flush),
    'log.retention.bytes': String(256 * 1024 * 1024),
    'log.segment.bytes': String(64 * 1024 * 1024),
    'log.retention.check.interval.ms': '2000',
    'log.segment.delete.delay.ms': '0',
  }
  const { 'log.flush.before.ack': _ours, ...apacheSettings } = settings
  const servers = [await startHighwater(settings), await startFloor()]
  if (options.apache) servers.push(await startApache(apacheSettings))
  try {
    for (const server of servers)
      if (server.name !== 'floor') await createTopic(server.port, 'bench', CONNECTIONS)
    for (const load of LOADS) {
      const all = new Map<string, Measured[]>()
      for (const server of servers) await produceLoad(server, 'bench', load, options.durationMs / 2)
      for (let round = 0; round < ROUNDS; round++) {
        // A B B A: each round in the other direction, so that drift hits all alike.
        for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
          const run = (): Promise<PumpResult> =>
            produceLoad(server, 'bench', load, options.durationMs)
          const list = all.get(server.name) ?? []
          list.push(await measure(server, load, run, 'bytesSent'))
          all.set(server.name, list)
        }
      }
      report(table, `produce ${load.name}${options.flush ? ', flush before ack' : ''}`, all)
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}

function report(table: Table, name: string, all: ReadonlyMap<string, readonly Measured[]>): void {
  const of = (server: string, key: keyof Measured): number =>
    median((all.get(server) ?? []).map((m) => m[key]))
  for (const server of all.keys()) {
    table.row({
      case: name,
      server,
      'records/s': Math.round(of(server, 'recordsPerSecond')),
      'MB/s': Math.round(of(server, 'megabytesPerSecond')),
      'CPU-s/GB': of(server, 'cpuSecondsPerGigabyte').toFixed(2),
      'ratio of MB/s': (
        of('Highwater', 'megabytesPerSecond') / of(server, 'megabytesPerSecond')
      ).toFixed(2),
      'ratio of CPU': (
        of('Highwater', 'cpuSecondsPerGigabyte') / of(server, 'cpuSecondsPerGigabyte')
      ).toFixed(2),
    })
  }
}

export async function fetchCase(
  table: Table,
  options: { apache: boolean; durationMs: number },
): Promise<void> {
  const servers = [await startHighwater({ 'log.flush.before.ack': 'false' })]
  if (options.apache) servers.push(await startApache())
  try {
    for (const load of LOADS.slice(0, 3)) {
      const all = new Map<string, Measured[]>()
      const topic = `fetch-${load.recordBytes}-${load.batchBytes}`
      for (const server of servers) {
        await createTopic(server.port, topic, CONNECTIONS)
        await produceLoad(server, topic, load, 2000)
      }
      for (let round = 0; round < ROUNDS; round++) {
        for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
          const frames = Array.from({ length: CONNECTIONS }, (_, partition) =>
            fetchFrame(topic, partition, 0, 1024 * 1024),
          )
          const run = (): Promise<PumpResult> =>
            pump({
              port: server.port,
              connections: CONNECTIONS,
              inFlight: 1,
              durationMs: options.durationMs,
              next: (connection) => frames[connection] as Buffer,
              check: (response) => {
                if (response.length < 10_000) throw new Error('A fetch came back empty')
              },
            })
          const list = all.get(server.name) ?? []
          list.push(await measure(server, load, run, 'bytesReceived'))
          all.set(server.name, list)
        }
      }
      report(table, `fetch ${load.name}`, all)
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}
