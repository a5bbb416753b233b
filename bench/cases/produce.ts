/** Produce: the same frames to the node, the floor and, if asked for, Apache Kafka, side by side. */
import { makeBatch } from '../lib/frames.ts'
import { CONNECTIONS, LOADS, makeTopic, produceLoad } from '../lib/loads.ts'
import type { BenchOptions } from '../lib/options.ts'
import { compare } from '../lib/rounds.ts'
import { startApache, startFloor, startHighwater } from '../lib/servers.ts'
import type { Server } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'
import { verifyTopic } from '../lib/verify.ts'

const TOPIC = 'bench'
/** Retention works beside the load, so that a run of any length needs the same disk. */
const SETTINGS = {
  'log.retention.bytes': String(256 * 1024 * 1024),
  'log.segment.bytes': String(64 * 1024 * 1024),
  'log.retention.check.interval.ms': '2000',
  'log.segment.delete.delay.ms': '0',
}

export async function produceCase(
  table: Table,
  options: BenchOptions & { flush: boolean },
): Promise<void> {
  const { flush, rounds, durationMs } = options
  const servers: Server[] = [
    await startHighwater({ ...SETTINGS, 'log.flush.before.ack': String(flush) }),
    await startFloor(flush ? 'sync' : 'write'),
  ]
  if (!flush) servers.push(await startFloor('echo'))
  if (options.apache) {
    servers.push(
      await startApache(flush ? { ...SETTINGS, 'log.flush.interval.messages': '1' } : SETTINGS),
    )
  }
  const nodes = servers.filter(({ name }) => !name.startsWith('floor'))
  const ends = new Map(nodes.map(({ name }) => [name, Array<number>(CONNECTIONS).fill(0)]))
  try {
    for (const node of nodes) await makeTopic(node.port, TOPIC)
    for (const load of LOADS) {
      const { recordCount } = makeBatch(load)
      const run = async (server: Server, forMs: number) => {
        const { requests, requestsOf, bytesSent, seconds } = await produceLoad(
          server.port,
          TOPIC,
          load,
          forMs,
        )
        const end = ends.get(server.name)
        for (const [partition, count] of requestsOf.entries()) {
          if (end !== undefined) end[partition] = (end[partition] as number) + count * recordCount
        }
        return { records: requests * recordCount, bytes: bytesSent, seconds }
      }
      for (const server of servers) await run(server, durationMs / 2)
      await compare(table, {
        name: `produce ${load.name}${flush ? ', flush before ack' : ''}`,
        servers,
        rounds,
        run: (server) => run(server, durationMs),
      })
    }
    for (const node of nodes) {
      const records = await verifyTopic(node.port, TOPIC, ends.get(node.name) ?? [])
      table.note(`${node.name}: every acknowledged record is accounted for, ${records} read back`)
    }
  } finally {
    for (const server of servers) await server.stop()
  }
}
