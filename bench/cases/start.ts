/** From exec to the first acknowledged produce, after a clean stop with next to no data, beside a bare Node. */
import { spawnSync } from 'node:child_process'
import { median } from '../lib/figures.ts'
import type { BenchOptions } from '../lib/options.ts'
import { msToFirstProduce } from '../lib/probe.ts'
import { createTopic, startApache, startHighwater } from '../lib/servers.ts'
import type { Node } from '../lib/servers.ts'
import type { Table } from '../lib/table.ts'

const ROUNDS = 7
const APACHE_ROUNDS = 2

export async function startCase(table: Table, { apache }: BenchOptions): Promise<void> {
  const bare: number[] = []
  const bareNode = (): void => {
    const startMs = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    bare.push(performance.now() - startMs)
  }
  const ours = await startsOf(await startHighwater(), ROUNDS, bareNode)
  const theirs = apache ? await startsOf(await startApache(), APACHE_ROUNDS, () => {}) : null
  table.row({
    case: 'exec to first acknowledged produce',
    'Highwater, ms': Math.round(ours),
    'bare node -e 0, ms': Math.round(median(bare)),
    'limit ms (the larger of 350 and 2 x bare + 100)': Math.round(
      Math.max(350, 2 * median(bare) + 100),
    ),
    'Apache Kafka, ms': theirs === null ? '' : Math.round(theirs),
  })
}

/** The median of several starts. */
async function startsOf(node: Node, rounds: number, beforeEach: () => void): Promise<number> {
  await createTopic(node.port, 'bench', 1)
  await node.end()
  const all: number[] = []
  for (let round = 0; round < rounds; round++) {
    beforeEach()
    all.push(await msToFirstProduce(node, 'bench', 60_000))
    if (round < rounds - 1) await node.end()
  }
  await node.stop()
  return median(all)
}
