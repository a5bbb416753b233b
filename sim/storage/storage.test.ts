/** The storage profile as part of every test run: as many seeds as fit into its time, and each checker made to fire once. */
import { describe, expect, test } from 'vitest'
import { drawProfile } from './profile.ts'
import type { FaultKind, FlushMode, Profile } from './profile.ts'
import { runProfile } from './run.ts'
import type { StorageRun } from './run.ts'
import { changing } from '../changing.ts'
import { runSeeds } from '../seeds.ts'
import { storage } from './index.ts'
import { Violation } from '../violation.ts'

const CPU_SECONDS = 20

test('a node keeps the promise of its flush mode', { timeout: 120_000 }, async () => {
  const lines: string[] = []
  const { seeds, failures } = await runSeeds(storage, {
    from: 1,
    count: 200,
    secondsMax: CPU_SECONDS,
    bounds: {},
    linesMax: 40,
    exhibit: null,
    print: (line) => lines.push(line),
  })
  expect(failures, lines.join('\n')).toEqual([])
  expect(seeds).toBeGreaterThan(10)
})

test.each([
  [31, 'a partition that is flushed for the first time after a clean stop'],
  [60, 'a clean stop that tells nothing of what a power cut took before'],
  [166, 'a partition whose deletion failed, and its namesake in the other log dir'],
  [245, 'a topic of which several creations were tried'],
  [307, 'two removals at the beginning of a log at a time'],
  [1_014, 'a namesake on a full disk'],
  [1_126, 'segments that retention removed and a power cut brought back'],
  [1_184, 'what is left of a partition without its id'],
])('seed %i, which once failed: %s', async (seed) => {
  const { failure } = await runProfile(drawProfile(seed))
  expect(failure).toBeNull()
})

test('the same seed gives the same trace, another seed another', async () => {
  const bounds = { operationsMax: 60 }
  const one = await runProfile(drawProfile(8, bounds))
  const again = await runProfile(drawProfile(8, bounds))
  const other = await runProfile(drawProfile(9, bounds))
  expect(one.hash).toBe(again.hash)
  expect(one.hash).not.toBe(other.hash)
})

describe('each checker finds what it is there for', () => {
  const FLUSHED: FlushMode = { kind: 'beforeAck', explicit: true }

  function profile(seed: number, faultKinds: readonly FaultKind[], flush = FLUSHED): Profile {
    const drawn = drawProfile(seed)
    const properties = new Map(drawn.properties)
    properties.set('log.flush.before.ack', String(flush.kind === 'beforeAck'))
    properties.delete('log.flush.interval.messages')
    properties.delete('log.flush.interval.ms')
    return {
      ...drawn,
      properties,
      flush,
      faultKinds,
      faults: faultKinds.length === 0 ? 0 : 8,
      faultGapMs: [200, 800],
      operations: 250,
      disk: {},
    }
  }

  /** The checkers that complained of some seeds, with what was sabotaged. */
  async function complaints(
    profiles: readonly Profile[],
    sabotage: (run: StorageRun) => void,
  ): Promise<string[]> {
    const found = new Set<string>()
    for (const one of profiles) {
      const { failure } = await runProfile(one, { sabotage })
      if (failure !== null) found.add(failure instanceof Violation ? failure.checker : failure.name)
    }
    return [...found]
  }

  const SEEDS = [1, 2, 3, 4, 5, 6]

  test('a disk that lies about syncs: what was acknowledged is lost', async () => {
    const profiles = SEEDS.map((seed) => profile(seed, ['powerCut']))
    const lie = (run: StorageRun): void => {
      run.cluster.machine.volume.liesAboutSyncs = true
    }
    const found = await complaints(profiles, lie)
    expect(found.some((checker) => checker.startsWith('lost'))).toBe(true)
  })

  test('the page cache does not keep the promise of flush before ack', async () => {
    const profiles = SEEDS.map((seed) => {
      const drawn = profile(seed, ['powerCut'], { kind: 'pageCache' })
      return { ...drawn, flush: FLUSHED }
    })
    expect(await complaints(profiles, () => {})).toContain('lost')
  })

  test('a log that changes while the node is down', async () => {
    const profiles = SEEDS.map((seed) => profile(seed, ['kill']))
    const found = await complaints(profiles, (run) => {
      run.onStart = () => flipBits(run)
    })
    expect(found).toContain('lost')
  })

  test('index entries that point nowhere', async () => {
    const found = await complaints([profile(1, []), profile(2, [])], (run) => {
      run.afterCleanStop = () => corruptIndexes(run)
    })
    expect(found).toContain('layout')
  })

  test.each([
    ['a batch said to be where another one is', 'baseOffset', () => 0, 'two values'],
    ['a batch said to be behind its place', 'baseOffset', (offset: number) => offset + 3, 'lost'],
    ['an end of the log before what was acknowledged', 'offset', () => 0, 'lost'],
    ['a committed offset that nobody committed', 'committedOffset', () => 7_000, 'group offset'],
    [
      'a log start that comes from nowhere',
      'offset',
      (offset: number) => offset + 1_000,
      'log start',
    ],
    ['a producer id given twice', 'producerId', () => 5, 'producer id'],
  ] as const)('%s', async (_name, field, change: (value: number) => number, checker) => {
    const found = await complaints(
      [1, 2, 3].map((seed) => profile(seed, [])),
      (run) => {
        for (const client of run.workload.clients) client.onAnswer = changing(field, change)
      },
    )
    expect(found).toContain(checker)
  })

  test('producers that are not what the log says', async () => {
    const found = await complaints(
      [1, 2, 3].map((seed) => profile(seed, [])),
      (run) => {
        run.inspector.onAnswer = changing('lastSequence', () => run.cluster.starts)
      },
    )
    expect(found).toContain('producer state')
  })
})

/** The files of the run's partitions with that ending, where there is something in them. */
function filesOf({ cluster, shadow }: StorageRun, ending: string): string[] {
  const paths = shadow
    .incarnations()
    .flatMap(({ name, partitions }) => [...partitions.keys()].map((index) => `${name}-${index}`))
    .flatMap((partition) =>
      cluster.logDirs.map((dir) => `${dir}/${partition}/00000000000000000000${ending}`),
    )
  const { volume } = cluster.machine
  return paths.filter((path) => volume.has(path) && volume.file(path).image.sizeBytes > 0)
}

function flipBits(run: StorageRun): void {
  for (const path of filesOf(run, '.log')) run.cluster.machine.volume.flipBit(path, 70, 3)
}

function corruptIndexes(run: StorageRun): void {
  for (const path of filesOf(run, '.index')) run.cluster.machine.volume.flipBit(path, 7, 0)
}
