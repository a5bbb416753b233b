/** The log dirs of a node: whose they are, what is in them, how they stop and start. */
import { afterEach, describe, expect, test } from 'vitest'
import type { LogManager } from './log-manager.ts'
import {
  batch,
  crashCopy,
  EPOCH,
  freshUuid,
  MovableClock,
  openManager,
  readAll,
  realDisk,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'
import type { OpenOptions } from './test-support.ts'

const managers: LogManager[] = []
const directories: string[] = []

afterEach(async () => {
  for (const manager of managers.splice(0)) await manager.close()
  for (const path of directories.splice(0)) realDisk.removeTree(path)
})

function directory(): string {
  const path = temporaryDirectory()
  directories.push(path)
  return path
}

async function open(dirs: string | string[], options: OpenOptions = {}): Promise<LogManager> {
  const { manager } = await openManager(dirs, options)
  managers.push(manager)
  return manager
}

const text = (path: string): string => realDisk.readFile(path).toString('utf8')

describe('identity', () => {
  test('an empty dir is formatted when asked, and keeps its directory id', async () => {
    const path = directory()
    const first = await open(path)
    const id = first.dirs[0]?.directoryId
    expect(id).toMatch(/^[\w-]{22}$/)
    await first.close()
    expect((await open(path, { format: false })).dirs[0]?.directoryId).toBe(id)
  })

  test('without it, the start is refused', async () => {
    await expect(open(directory(), { format: false })).rejects.toMatchObject({
      code: 'NOT_FORMATTED',
    })
  })

  test('another cluster, another node, a second process, rubbish: refused, and nothing is changed', async () => {
    const path = directory()
    const first = await open(path)
    await expect(open(path)).rejects.toMatchObject({ code: 'LOCKED' })
    await first.close()
    for (const other of [{ clusterId: 'another' }, { nodeId: 2 }]) {
      await expect(open(path, other)).rejects.toMatchObject({ code: 'WRONG_IDENTITY' })
    }
    expect(realDisk.exists(`${path}/.kafka_cleanshutdown`)).toBe(true)
    realDisk.writeFile(`${path}/meta.properties`, Buffer.from('rubbish'))
    await expect(open(path)).rejects.toMatchObject({ code: 'UNREADABLE' })
  })

  test('a refusal of one dir gives back the locks of the others, as clean as they were', async () => {
    const [good, bad] = [directory(), directory()]
    await (await open(good)).close()
    realDisk.writeFile(
      `${bad}/meta.properties`,
      Buffer.from('version=1\ncluster.id=x\nnode.id=1\n'),
    )
    await expect(open([good, bad])).rejects.toMatchObject({ code: 'WRONG_IDENTITY' })
    expect(realDisk.exists(`${good}/.kafka_cleanshutdown`)).toBe(true)
    await (await open(good)).close()
  })

  test('one partition in two dirs is refused, with both names', async () => {
    const [one, two] = [directory(), directory()]
    const manager = await open(one)
    manager.create('t', 0, freshUuid(), SMALL)
    await manager.close()
    realDisk.makeDirectory(`${two}/t-0`)
    await expect(open([one, two])).rejects.toThrow(`it has a copy of t-0, as has ${one}`)
  })
})

describe('partitions', () => {
  test('what is created is found after a restart, with its topic id; what is not a partition is left alone', async () => {
    const path = directory()
    const ids = [freshUuid(), freshUuid()]
    const manager = await open(path)
    manager.create('orders', 0, ids[0] as string, SMALL)
    manager.create('orders-2', 11, ids[1] as string, SMALL)
    expect(() => manager.create('orders', 0, freshUuid(), SMALL)).toThrow(
      'the node has a log of this name',
    )
    realDisk.makeDirectory(`${path}/lost+found`)
    realDisk.makeDirectory(`${path}/highwater`)
    realDisk.makeDirectory(`${path}/__cluster_metadata-0`)
    await manager.close()
    const again = await open(path)
    expect(again.get('orders', 0)?.topicId).toBe(ids[0])
    expect(again.get('orders-2', 11)?.topicId).toBe(ids[1])
    expect([...again.list()].length).toBe(2)
    expect(again.get('orders', 1)).toBeNull()
    expect(realDisk.exists(`${path}/lost+found`)).toBe(true)
  })

  test('listing, topic ids, epochs and configs load no log', async () => {
    const path = directory()
    const manager = await open(path)
    for (let i = 0; i < 3; i++) manager.create('t', i, freshUuid(), SMALL).append(batch(), EPOCH)
    await manager.close()
    const again = await open(path)
    for (const log of again.list()) {
      log.assignEpoch(7)
      log.configure(SMALL)
      expect([log.topicId === null, log.dirtyBytes, log.loaded]).toEqual([false, 0, false])
    }
    expect(again.openFileCount).toBe(0)
    const log = again.get('t', 1)
    expect([log?.logEnd, log?.latestEpoch, log?.loaded]).toEqual([1, 7, true])
    await again.close()
    // And what was not loaded keeps its place in the checkpoints.
    expect(text(`${path}/recovery-point-offset-checkpoint`)).toBe('0\n3\nt 0 1\nt 1 1\nt 2 1\n')
  })

  test('new partitions go to the dir with the fewest', async () => {
    const manager = await open([directory(), directory(), directory()])
    for (let i = 0; i < 7; i++) manager.create('t', i, freshUuid(), SMALL)
    const counts = new Map<string, number>()
    for (const { logDir } of manager.list()) counts.set(logDir, (counts.get(logDir) ?? 0) + 1)
    expect([...counts.values()].sort((a, b) => a - b)).toEqual([2, 2, 3])
  })

  test('a deleted one is gone at once, its files after the delay, and its waiters are told', async () => {
    const path = directory()
    const clock = new MovableClock()
    const manager = await open(path, { clock })
    const log = manager.create('t', 0, freshUuid(), { ...SMALL, fileDeleteDelayMs: 60_000 })
    log.append(batch(), EPOCH)
    const waiting = log.whenDurable(1)
    manager.delete('t', 0)
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    expect(() => log.logEnd).toThrow('closed')
    expect(manager.get('t', 0)).toBeNull()
    manager.delete('t', 0)
    const names = (): string[] =>
      realDisk
        .list(path)
        .map(({ name }) => name)
        .filter((name) => name.startsWith('t-0'))
    expect(names()).toEqual([expect.stringMatching(/^t-0\.[0-9a-f]{32}-delete$/)])
    await clock.advance(61_000)
    expect(names()).toEqual([])
  })

  test('of a deletion that was interrupted the rest is removed', async () => {
    const path = directory()
    await (await open(path)).close()
    realDisk.makeDirectory(`${path}/t-0.${'0'.repeat(32)}-delete/x`)
    const clock = new MovableClock()
    const manager = await open(path, { clock })
    expect([...manager.list()]).toEqual([])
    await clock.advance(1)
    expect(realDisk.list(path).filter(({ name }) => name.endsWith('-delete'))).toEqual([])
  })

  test('one made anew has nothing of the one of its name before, whatever checkpoints say', async () => {
    const path = directory()
    const clock = new MovableClock()
    const manager = await open(path, { clock })
    const old = manager.create('t', 0, freshUuid(), SMALL)
    for (let i = 0; i < 5; i++) old.append(batch(), EPOCH)
    old.highWatermark = 5
    await old.deleteRecordsBefore(3)
    await old.flush()
    await clock.advance(6000)
    await manager.close()

    const again = await open(path)
    again.delete('t', 0)
    const anew = again.create('t', 0, freshUuid(), SMALL)
    expect([anew.logStart, anew.logEnd, anew.highWatermark]).toEqual([0, 0, 0])
    anew.append(batch(), EPOCH)
    await anew.flush()
    const crashed = crashCopy(path)
    directories.push(crashed)
    const log = (await open(crashed)).get('t', 0)
    expect([log?.logStart, log?.logEnd]).toEqual([0, 1])
  })
})

test('checkpoints that name a partition which is not there say nothing of one that is made later', async () => {
  const path = directory()
  await (await open(path)).close()
  for (const name of ['recovery-point', 'log-start', 'replication']) {
    realDisk.writeFile(`${path}/${name}-offset-checkpoint`, Buffer.from('0\n1\nt 0 500\n'))
  }
  const log = (await open(path)).create('t', 0, freshUuid(), SMALL)
  expect([log.logStart, log.logEnd, log.highWatermark]).toEqual([0, 0, 0])
})

describe('stop and start', () => {
  test('a clean stop says so, with the broker epoch; the mark is gone before anything can be written', async () => {
    const path = directory()
    const manager = await open(path)
    expect(manager.previousBrokerEpoch).toBeNull()
    await manager.close({ brokerEpoch: 42 })
    const again = await open(path)
    expect(again.previousBrokerEpoch).toBe(42)
    expect(realDisk.exists(`${path}/.kafka_cleanshutdown`)).toBe(false)
  })

  test('high watermark, log start and recovery point come back; the high watermark within the log', async () => {
    const path = directory()
    const manager = await open(path)
    const log = manager.create('t', 0, freshUuid(), SMALL)
    for (let i = 0; i < 10; i++) log.append(batch(), EPOCH)
    log.highWatermark = 8
    await log.deleteRecordsBefore(4)
    await manager.close()
    expect(text(`${path}/replication-offset-checkpoint`)).toBe('0\n1\nt 0 8\n')
    expect(text(`${path}/log-start-offset-checkpoint`)).toBe('0\n1\nt 0 4\n')
    const again = (await open(path)).get('t', 0)
    expect([again?.logStart, again?.highWatermark, again?.durableEnd]).toEqual([4, 8, 10])
  })

  test('the first recovery point is written down at once, and what a crash left is settled without delay', async () => {
    const path = directory()
    const clock = new MovableClock()
    const log = (await open(path, { clock })).create('t', 0, freshUuid(), SMALL)
    for (let i = 0; i < 10; i++) log.append(batch(), EPOCH)
    await clock.advance(5_250)
    await clock.advance(250)
    expect(text(`${path}/recovery-point-offset-checkpoint`)).toBe('0\n1\nt 0 10\n')
    for (let i = 0; i < 5; i++) log.append(batch(), EPOCH)
    const copy = crashCopy(path)
    directories.push(copy)
    const later = new MovableClock()
    const again = (await open(copy, { clock: later })).get('t', 0)
    expect((await again?.load())?.verifiedBytes).toBeGreaterThan(0)
    await later.advance(250)
    expect(text(`${copy}/recovery-point-offset-checkpoint`)).toBe('0\n1\nt 0 15\n')
  })

  test('the high watermark is written down as often as it is configured', async () => {
    const path = directory()
    const clock = new MovableClock()
    const manager = await open(path, { clock, highWatermarkIntervalMs: 60_000 })
    const log = manager.create('t', 0, freshUuid(), SMALL)
    log.append(batch(), EPOCH)
    log.highWatermark = 1
    await clock.advance(40_000)
    expect(realDisk.exists(`${path}/replication-offset-checkpoint`)).toBe(false)
    await clock.advance(20_000)
    expect(text(`${path}/replication-offset-checkpoint`)).toBe('0\n1\nt 0 1\n')
  })

  test('DeleteRecords is durable when it resolves', async () => {
    const path = directory()
    const log = (await open(path)).create('t', 0, freshUuid(), SMALL)
    for (let i = 0; i < 10; i++) log.append(batch(), EPOCH)
    log.highWatermark = 6
    expect(await log.deleteRecordsBefore(9)).toBe(6)
    const copy = crashCopy(path)
    directories.push(copy)
    expect((await open(copy)).get('t', 0)?.logStart).toBe(6)
  })

  test('logs that nobody used since a crash are recovered in the background, and only then a stop is clean', async () => {
    const path = directory()
    const first = await open(path)
    first.create('t', 0, freshUuid(), SMALL).append(batch(), EPOCH)
    const [one, two] = [crashCopy(path), crashCopy(path)]
    directories.push(one, two)

    const soon = await open(one)
    await soon.close()
    expect(realDisk.exists(`${one}/.kafka_cleanshutdown`)).toBe(false)

    const clock = new MovableClock()
    const later = await open(two, { clock })
    expect(later.get('t', 0)?.loaded).toBe(false)
    await clock.advance(3000)
    expect(later.get('t', 0)?.loaded).toBe(true)
    await later.close()
    expect(realDisk.exists(`${two}/.kafka_cleanshutdown`)).toBe(true)
  })

  test('a stop without changes writes nothing into a partition', async () => {
    const path = directory()
    const manager = await open(path)
    manager.create('t', 0, freshUuid(), SMALL).append(batch(), EPOCH)
    await manager.close()
    const before = realDisk
      .list(`${path}/t-0`)
      .map(({ name }) => [name, realDisk.stat(`${path}/t-0/${name}`)?.modifiedMs])
    const again = await open(path)
    await again.get('t', 0)?.load()
    await again.close()
    const after = realDisk
      .list(`${path}/t-0`)
      .map(({ name }) => [name, realDisk.stat(`${path}/t-0/${name}`)?.modifiedMs])
    expect(after).toEqual(before)
  })

  test('closing twice, and using a log that is closed', async () => {
    const manager = await open(directory())
    const log = manager.create('t', 0, freshUuid(), SMALL)
    await manager.close()
    await manager.close()
    expect(() => log.append(batch(), EPOCH)).toThrow('closed')
    await expect(log.load()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('a log of its own', () => {
  test('is verified in full at every load, and in no checkpoint', async () => {
    const path = directory()
    const config = { ...SMALL, cleanupDelete: false }
    const manager = await open(path)
    const log = manager.openUnlisted(path, '__cluster_metadata', 0, freshUuid(), config)
    expect(manager.openUnlisted(path, '__cluster_metadata', 0, freshUuid(), config)).toBe(log)
    for (let i = 0; i < 5; i++) log.append(batch({ mark: i }), EPOCH)
    await log.flush()
    expect([...manager.list()]).toEqual([])
    await manager.close()
    expect(text(`${path}/recovery-point-offset-checkpoint`)).toBe('0\n0\n')
    const again = (await open(path)).openUnlisted(
      path,
      '__cluster_metadata',
      0,
      freshUuid(),
      config,
    )
    expect((await again.load()).verifiedBytes).toBe(again.sizeBytes)
    expect((await readAll(again)).length).toBe(5)
    expect(() => managers[1]?.openUnlisted('/nowhere', 'x', 0, freshUuid(), config)).toThrow(
      'not one of the log dirs',
    )
  })
})

test('ten thousand partitions: few files open, little memory, a quick start', async () => {
  const path = directory()
  const manager = await open(path)
  for (let i = 0; i < 10_000; i++) manager.create(`topic-${i >> 5}`, i & 31, freshUuid(), SMALL)
  for (let i = 0; i < 700; i++) manager.get(`topic-${i}`, 3)?.append(batch(), EPOCH)
  expect(manager.openFileCount).toBeLessThanOrEqual(500)
  await manager.close()
  const again = await open(path)
  expect([...again.list()].length).toBe(10_000)
  expect([again.get('topic-7', 3)?.logEnd, again.get('topic-7', 4)?.logEnd]).toEqual([1, 0])
  expect(again.openFileCount).toBeLessThanOrEqual(10)
})
