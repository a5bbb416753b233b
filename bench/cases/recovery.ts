/** `kill -9` under load with gigabytes of log, then exec to the first acknowledged produce. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOADS, makeTopic, produceLoad } from '../lib/loads.ts'
import type { Load } from '../lib/frames.ts'
import type { BenchOptions } from '../lib/options.ts'
import { msToFirstProduce } from '../lib/probe.ts'
import { startApache, startHighwater } from '../lib/servers.ts'
import type { Node } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'

const LOAD = LOADS[1] as Load

export async function recoveryCase(table: Table, options: BenchOptions): Promise<void> {
  await killed(
    table,
    await startHighwater({ 'log.flush.before.ack': 'false' }, 'Highwater, page cache'),
    options,
  )
  await killed(table, await startHighwater({}, 'Highwater, flush before ack (default)'), options)
  if (options.apache) await killed(table, await startApache(), options)
}

async function killed(table: Table, node: Node, { durationMs }: BenchOptions): Promise<void> {
  try {
    await makeTopic(node.port, 'bench')
    const lengthMs = durationMs * 4
    const load = produceLoad(node.port, 'bench', LOAD, lengthMs).catch(() => null)
    await sleep(lengthMs - 500)
    await node.kill()
    await load
    const logBytes = await sizeOf(node.folder)
    const recoveredMs = await msToFirstProduce(node, 'bench', 180_000)
    table.row({
      case: 'kill -9 under load',
      server: node.name,
      'log GB': (logBytes / 1e9).toFixed(2),
      'exec to first acknowledged produce, ms': Math.round(recoveredMs),
    })
  } finally {
    await node.stop()
  }
}

async function sizeOf(dir: string): Promise<number> {
  let total = 0
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    total += (await stat(join(entry.parentPath, entry.name))).blocks * 512
  }
  return total
}
