/** What a node takes: idle, after a load, and with ten thousand empty partitions. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from '../../test/harness/processes.ts'
import { figuresOf } from '../lib/figures.ts'
import { LOADS, makeTopic, produceLoad } from '../lib/loads.ts'
import type { BenchOptions } from '../lib/options.ts'
import { createTopic, startApache, startHighwater } from '../lib/servers.ts'
import type { Node } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'

/** An idle node gives back what a burst took within ten seconds or so. */
const SETTLE_MS = 15_000
const PARTITIONS = 10_000
/** As the node is without settings: HTTP included. */
const HTTP = { 'http.listener': '127.0.0.1:0' }

export async function memoryCase(table: Table, options: BenchOptions): Promise<void> {
  const floor = await bareNodeBytes()
  await loaded(table, await startHighwater(HTTP), options, floor)
  if (options.apache) await loaded(table, await startApache(), options, floor)
}

export async function partitionsCase(table: Table, { apache }: BenchOptions): Promise<void> {
  await manyPartitions(table, await startHighwater(HTTP))
  if (apache) await manyPartitions(table, await startApache())
}

async function loaded(
  table: Table,
  node: Node,
  options: BenchOptions,
  floor: number,
): Promise<void> {
  try {
    await sleep(SETTLE_MS)
    const idle = figuresOf(node.pid)
    await makeTopic(node.port, 'bench')
    for (const load of LOADS) await produceLoad(node.port, 'bench', load, options.durationMs)
    const busy = figuresOf(node.pid)
    await sleep(SETTLE_MS)
    const after = figuresOf(node.pid)
    table.row({
      case: 'memory',
      server: node.name,
      'idle MB': megabytes(idle.residentBytes),
      'bare node MB': megabytes(floor),
      'at the end of a load MB': megabytes(busy.residentBytes),
      'a moment later MB': megabytes(after.residentBytes),
    })
  } finally {
    await node.stop()
  }
}

async function manyPartitions(table: Table, node: Node): Promise<void> {
  try {
    await sleep(SETTLE_MS)
    const idle = figuresOf(node.pid)
    const createMs = await timed(() => createTopic(node.port, 'many', PARTITIONS))
    await sleep(SETTLE_MS)
    const many = figuresOf(node.pid)
    await node.end()
    const cleanMs = await timed(() => node.start())
    await sleep(SETTLE_MS)
    const again = figuresOf(node.pid)
    await node.kill()
    const uncleanMs = await timed(() => node.start())
    table.row({
      case: `${PARTITIONS} empty partitions`,
      server: node.name,
      'idle MB': megabytes(idle.residentBytes),
      'added MB': megabytes(many.residentBytes - idle.residentBytes),
      'added after restart MB': megabytes(again.residentBytes - idle.residentBytes),
      'open files': many.openFiles,
      'create ms': Math.round(createMs),
      'restart ms, clean': Math.round(cleanMs),
      'restart ms, after kill -9': Math.round(uncleanMs),
    })
  } finally {
    await node.stop()
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/** What Node itself takes before a program does anything. */
async function bareNodeBytes(): Promise<number> {
  const bare = new Child(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await sleep(500)
  const { residentBytes } = figuresOf(bare.pid)
  await bare.stop()
  return residentBytes
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
