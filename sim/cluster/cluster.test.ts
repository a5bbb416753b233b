/** The cluster profile as part of every test run: as many seeds as fit into its time, and each checker made to fire once. */
import { describe, expect, test } from 'vitest'
import { changing } from '../changing.ts'
import { runSeeds } from '../seeds.ts'
import { Violation } from '../violation.ts'
import { cluster } from './index.ts'
import { drawCluster, LOG_DIR } from './profile.ts'
import { runCluster } from './run.ts'
import type { ClusterRun } from './run.ts'

const CPU_SECONDS = 30

test('a cluster keeps what it has acknowledged, and heals', { timeout: 240_000 }, async () => {
  const lines: string[] = []
  const { seeds, failures } = await runSeeds(cluster, {
    from: 1,
    count: 300,
    secondsMax: CPU_SECONDS,
    bounds: {},
    linesMax: 40,
    exhibit: null,
    print: (line) => lines.push(line),
  })
  expect(failures, lines.join('\n')).toEqual([])
  expect(seeds).toBeGreaterThan(10)
})

test.each([[218, 28, 19, "an in-sync set that changes while the leader's disk fails"]])(
  'seed %i, which once failed: %#',
  async (seed, operationsMax, faultsMax) => {
    const { failure } = await runCluster(drawCluster(seed, { operationsMax, faultsMax }))
    expect(failure).toBeNull()
  },
)

test('the same seed gives the same trace, another seed another', async () => {
  const bounds = { operationsMax: 60 }
  const one = await runCluster(drawCluster(3, bounds))
  const again = await runCluster(drawCluster(3, bounds))
  const other = await runCluster(drawCluster(4, bounds))
  expect(one.hash).toBe(again.hash)
  expect(one.hash).not.toBe(other.hash)
})

describe('each checker finds what it is there for', () => {
  /** The checkers that complained of calm runs on three nodes, with what was sabotaged. */
  async function complaints(sabotage: (run: ClusterRun) => void): Promise<string[]> {
    const found = new Set<string>()
    const seeds = Array.from({ length: 40 }, (_, seed) => seed)
    const three = seeds.map((seed) => drawCluster(seed)).filter(({ nodes }) => nodes.length === 3)
    for (const profile of three.slice(0, 3)) {
      const { failure } = await runCluster({ ...profile, faultKinds: [] }, { sabotage })
      if (failure !== null) found.add(failure instanceof Violation ? failure.checker : failure.name)
    }
    return [...found]
  }

  test('a disk of one node that holds other bytes than the others', async () => {
    const found = await complaints((run) => {
      run.beforeComparison = () => {
        const { volume } = (run.cluster.nodes[0] as ClusterRun['cluster']['nodes'][number]).machine
        for (const path of ['apples-0', 'apples-1', 'pears-0'].map(
          (name) => `${LOG_DIR}/${name}/00000000000000000000.log`,
        )) {
          if (volume.has(path) && volume.file(path).image.sizeBytes > 80)
            volume.flipBit(path, 70, 3)
        }
      }
    })
    expect(found).toContain('replicas')
  })

  test('a node that never comes back', async () => {
    const found = await complaints((run) => {
      const node = run.cluster.nodes[0] as ClusterRun['cluster']['nodes'][number]
      node.start = () => {
        node.starts += 1
      }
    })
    expect(found).toContain('liveness')
  })

  type Row = readonly [
    name: string,
    field: string,
    change: (value: number) => number,
    checker: string,
  ]
  const rows: readonly Row[] = [
    ['a batch said to be where another one is', 'baseOffset', () => 0, 'two values'],
    ['a high watermark below what was read', 'highWatermark', () => 1, 'beyond'],
    ['a committed offset that nobody committed', 'committedOffset', () => 7_000, 'group offset'],
    ['a producer id given twice', 'producerId', () => 5, 'producer id'],
    ['a leader in the same epoch as another', 'leaderId', alternating(), 'two leaders'],
    ['an error that says nothing', 'errorCode', () => -1, 'unclear error'],
  ]

  test.each(rows)('%s', async (_name, field, change, checker) => {
    const found = await complaints((run) => {
      for (const client of run.workload.clients) client.onAnswer = changing(field, change)
    })
    expect(found).toContain(checker)
  })
})

function alternating(): () => number {
  let calls = 0
  return () => (calls++ % 2) + 1
}
