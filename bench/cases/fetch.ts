/** Fetch: consumers that read partitions from the beginning to the end, beside a floor that reads a file and sends it. */
import { makeBatch, Sequential } from '../lib/frames.ts'
import type { Load } from '../lib/frames.ts'
import { CONNECTIONS, LOADS, makeTopic, produceLoad } from '../lib/loads.ts'
import type { BenchOptions } from '../lib/options.ts'
import { pump } from '../lib/pump.ts'
import { compare } from '../lib/rounds.ts'
import type { Run } from '../lib/rounds.ts'
import { startApache, startFloor, startHighwater } from '../lib/servers.ts'
import type { Server } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'

const FILL_MS = 2000

export async function fetchCase(table: Table, options: BenchOptions): Promise<void> {
  const servers: Server[] = [
    await startHighwater({ 'log.flush.before.ack': 'false' }),
    await startFloor('send'),
  ]
  if (options.apache) servers.push(await startApache())
  try {
    for (const [index, load] of LOADS.entries()) {
      const topic = `fetch-${index}`
      const ends = new Map<Server, readonly number[]>()
      for (const server of servers) {
        if (server.name.startsWith('floor')) continue
        await makeTopic(server.port, topic)
        const { requestsOf } = await produceLoad(server.port, topic, load, FILL_MS)
        ends.set(server, requestsOf)
      }
      const run = (server: Server): Promise<Run> =>
        consume(server, topic, load, ends.get(server) ?? [], options.durationMs)
      for (const server of servers) await run(server)
      await compare(table, {
        name: `fetch ${load.name.replace('per request', 'per batch')}`,
        servers,
        rounds: options.rounds,
        run,
      })
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** One consumer for each partition, which holds `requestsOf` batches. */
async function consume(
  server: Server,
  topic: string,
  load: Load,
  requestsOf: readonly number[],
  durationMs: number,
): Promise<Run> {
  const { batch, recordCount } = makeBatch(load)
  const consumers = Array.from({ length: CONNECTIONS }, (_, partition) => {
    const logEnd = (requestsOf[partition] ?? Infinity) * recordCount
    return new Sequential({ topic, partition, batch, recordCount, logEnd })
  })
  const { bytesReceived, seconds } = await pump({
    port: server.port,
    connections: CONNECTIONS,
    inFlight: 1,
    durationMs,
    next: (connection) => (consumers[connection] as Sequential).next(),
    check: (sample, sizeBytes, connection) =>
      (consumers[connection] as Sequential).check(sample, sizeBytes),
  })
  const records = consumers.reduce((total, consumer) => total + consumer.records, 0)
  return { records, bytes: bytesReceived, seconds }
}
