/** Disks that are full, that fail, that lie: nothing acknowledged is lost, and whoever waits is told. */
import { afterEach, describe, expect, test } from 'vitest'
import type { LogError } from './errors.ts'
import type { LogConfig } from './config.ts'
import type { LogDirStatus, LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import {
  baseOffsets,
  batch,
  crashCopy,
  EPOCH,
  FaultyDisk,
  freshUuid,
  MovableClock,
  numbered,
  openManager,
  readAll,
  realDisk,
  settleDown,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'
import type { DiskAction } from './test-support.ts'

let manager: LogManager
let faults = new FaultyDisk()
let clock = new MovableClock()
let paths: string[] = []
let failures: [LogDirStatus, LogError][] = []

afterEach(async () => {
  faults.fault = () => null
  await manager.close()
  for (const path of paths) realDisk.removeTree(path)
})

async function open(dirs = 1, config: LogConfig = SMALL): Promise<PartitionLog> {
  faults = new FaultyDisk()
  clock = new MovableClock()
  failures = []
  paths = Array.from({ length: dirs }, () => temporaryDirectory())
  const onDirFailure = (dir: LogDirStatus, error: LogError): void =>
    void failures.push([dir, error])
  manager = (await openManager(paths, { disk: faults.disk, clock, config, onDirFailure })).manager
  return manager.create('t', 0, freshUuid(), config)
}

async function reopened(
  path: string,
  config: LogConfig = SMALL,
): Promise<{ log: PartitionLog; close: () => Promise<void> }> {
  const copy = crashCopy(path)
  const { manager } = await openManager(copy, { config })
  const log = manager.get('t', 0) as PartitionLog
  return {
    log,
    close: async () => {
      await manager.close()
      realDisk.removeTree(copy)
    },
  }
}

describe('a full disk', () => {
  test('refuses the append and leaves no part of it, wherever the write ended; reads go on; writing goes on when space is back', async () => {
    const log = await open()
    for (let i = 0; i < 3; i++) log.append(numbered(1, i), EPOCH)
    const { sizeBytes } = log
    for (const torn of [0, 1, 11, 12, 60, 88]) {
      faults.tornWriteBytes = torn
      faults.fault = (action, path) =>
        action === 'write' && path.endsWith('.log') ? 'NO_SPACE' : null
      expect(() => log.append(numbered(1, 3), EPOCH)).toThrow(
        expect.objectContaining({ code: 'NO_SPACE' }) as Error,
      )
      expect(realDisk.stat(`${log.dir}/00000000000000000000.log`)?.sizeBytes).toBe(sizeBytes)
      expect([log.logEnd, (await readAll(log)).length]).toEqual([3, 3])
    }
    faults.fault = () => null
    expect(log.append(numbered(1, 3), EPOCH)).toMatchObject({ kind: 'appended', baseOffset: 3 })
    expect(failures).toEqual([])
    const { log: again, close } = await reopened(paths[0] as string)
    expect([again.logEnd, (await readAll(again)).length]).toEqual([4, 4])
    await close()
  })

  test('at any step of a roll: the append is refused, a smaller one may still fit, nothing overlaps', async () => {
    const config = { ...SMALL, segmentBytes: 400 }
    const steps: [DiskAction, RegExp][] = [
      ['create', /0003\.log$/],
      ['create', /\.index$/],
      ['create', /\.timeindex$/],
      ['write', /\.(time)?index$/],
      ['write', /0003\.snapshot$/],
      ['write', /0003\.log$/],
      ['write', /leader-epoch/],
      ['rename', /leader-epoch/],
    ]
    for (const [step, where] of steps) {
      const log = await open(1, config)
      for (let i = 0; i < 3; i++) log.append(batch({ valueBytes: 40, mark: i }), EPOCH)
      faults.fault = (action, path) => (action === step && where.test(path) ? 'NO_SPACE' : null)
      const next = { leaderEpoch: 1 }
      expect(() => log.append(batch({ valueBytes: 200 }), next), `${step} ${where}`).toThrow(
        expect.objectContaining({ code: 'NO_SPACE' }) as Error,
      )
      expect(log.logEnd).toBe(3)
      faults.fault = () => null
      expect(log.append(batch({ valueBytes: 1 }), next)).toMatchObject({ baseOffset: 3 })
      expect(log.append(batch({ valueBytes: 200 }), next)).toMatchObject({ baseOffset: 4 })
      expect(baseOffsets(await readAll(log))).toEqual([0, 1, 2, 3, 4])
      const { log: again, close } = await reopened(paths[0] as string, config)
      expect(baseOffsets(await readAll(again)), `${step} ${where}`).toEqual([0, 1, 2, 3, 4])
      expect(again.epochEndOffset(0)).toEqual({ leaderEpoch: 0, endOffset: 3 })
      await close()
      expect(failures).toEqual([])
      await manager.close()
      for (const path of paths) realDisk.removeTree(path)
    }
  })

  test('index entries that cannot be written wait; the recovery point waits with them', async () => {
    const log = await open()
    faults.fault = (action, path) =>
      action === 'write' && path.endsWith('index') ? 'NO_SPACE' : null
    for (let i = 0; i < 30; i++) log.append(batch(), EPOCH)
    await log.flush()
    expect(log.durableEnd).toBe(30)
    await clock.advance(10_000)
    expect(failures).toEqual([])
    faults.fault = () => null
    await clock.advance(10_000)
    await clock.advance(2000)
    expect(realDisk.readFile(`${paths[0]}/recovery-point-offset-checkpoint`).toString()).toBe(
      '0\n1\nt 0 30\n',
    )
    expect((await readAll(log, 1)).length).toBe(30)
  })

  test('refuses to create a partition, and creates it later', async () => {
    await open()
    faults.fault = (action, path) =>
      action === 'write' && path.endsWith('partition.metadata') ? 'NO_SPACE' : null
    expect(() => manager.create('u', 0, freshUuid(), SMALL)).toThrow(
      expect.objectContaining({ code: 'NO_SPACE' }) as Error,
    )
    faults.fault = () => null
    expect(manager.create('u', 0, freshUuid(), SMALL).logEnd).toBe(0)
  })
})

describe('a failed write', () => {
  test('fails its log dir for good, once, with a name; the other dir goes on', async () => {
    const log = await open(2)
    const other = manager.create('u', 0, freshUuid(), SMALL)
    expect(other.logDir).not.toBe(log.logDir)
    log.append(batch(), EPOCH)
    other.append(batch(), EPOCH)
    const waiting = log.whenDurable(1)
    faults.fault = (action, path) =>
      action === 'write' && path.startsWith(log.logDir) ? 'IO' : null
    expect(() => log.append(batch(), EPOCH)).toThrow(
      expect.objectContaining({ code: 'FAILED' }) as Error,
    )
    faults.fault = () => null
    // Not even when the device recovers.
    expect(() => log.append(batch(), EPOCH)).toThrow(
      expect.objectContaining({ code: 'FAILED' }) as Error,
    )
    expect(() => log.read(0, { maxBytes: 1, offsetEndMax: 1, minOneBatch: true })).toThrow(
      'has failed',
    )
    await expect(waiting).rejects.toMatchObject({ code: 'FAILED' })
    expect(failures.map(([dir, error]) => [dir.path, dir.failure === error, error.code])).toEqual([
      [log.logDir, true, 'FAILED'],
    ])
    expect([manager.get('t', 0), manager.get('u', 0)]).toEqual([null, other])
    expect(other.append(batch(), EPOCH)).toMatchObject({ baseOffset: 1 })
    await other.flush()
    expect(manager.create('v', 0, freshUuid(), SMALL).logDir).toBe(other.logDir)
    await manager.close()
    expect(
      [log.logDir, other.logDir].map((dir) => realDisk.exists(`${dir}/.kafka_cleanshutdown`)),
    ).toEqual([false, true])
  })
})

describe('a failed sync', () => {
  test.each<[string, DiskAction, RegExp]>([
    ['of the data', 'sync', /\.log$/],
    ['of the directory', 'syncDirectory', /t-0$/],
    ['of partition.metadata', 'sync', /partition\.metadata$/],
    ['of the log dir', 'syncDirectory', /log-\d+-\d+$/],
  ])('%s: no acknowledgement, then or later', async (_name, step, where) => {
    for (const code of ['IO', 'NO_SPACE'] as const) {
      const log = await open()
      log.append(batch(), EPOCH)
      let times = 0
      faults.fault = (action, path) => {
        if (action !== step || !where.test(path)) return null
        times += 1
        return times === 1 ? code : null
      }
      const first = log.whenDurable(1)
      const second = log.flush()
      await expect(first).rejects.toMatchObject({ code: 'FAILED' })
      await expect(second).rejects.toMatchObject({ code: 'FAILED' })
      // A second sync would succeed, and prove nothing: the pages are marked clean.
      expect(() => log.whenDurable(1)).toThrow(expect.objectContaining({ code: 'FAILED' }) as Error)
      expect([times, failures.length]).toEqual([1, 1])
      await manager.close()
      expect(realDisk.exists(`${paths[0]}/.kafka_cleanshutdown`)).toBe(false)
      for (const path of paths) realDisk.removeTree(path)
    }
  })

  test('of one log, while the sync of another in the dir still runs: neither is acknowledged after it', async () => {
    const log = await open()
    const other = manager.create('u', 0, freshUuid(), SMALL)
    log.append(batch(), EPOCH)
    other.append(batch(), EPOCH)
    faults.fault = (action, path) => (action === 'sync' && path.includes('/t-0/') ? 'IO' : null)
    const both = await Promise.allSettled([log.whenDurable(1), other.whenDurable(1)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  test('in the background fails the dir as well', async () => {
    const log = await open()
    log.append(batch(), EPOCH)
    faults.fault = (action, path) => (action === 'sync' && path.endsWith('.log') ? 'IO' : null)
    await clock.advance(10_000)
    await settleDown()
    expect(failures.length).toBe(1)
    expect(() => log.append(batch(), EPOCH)).toThrow('has failed')
  })
})

describe('a failed read', () => {
  test('is damage to what lies there: told to the reader, and the dir goes on', async () => {
    const log = await open()
    for (let i = 0; i < 3; i++) log.append(batch(), EPOCH)
    faults.fault = (action, path) => (action === 'read' && path.endsWith('.log') ? 'IO' : null)
    const options = { maxBytes: 1000, offsetEndMax: 3, minOneBatch: true }
    expect(await log.read(1, options)).toMatchObject({ kind: 'corrupt', offset: 1 })
    await expect(log.offsetForTimestamp(5)).rejects.toMatchObject({ code: 'UNREADABLE' })
    expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 3 })
    faults.fault = () => null
    expect(await log.read(1, options)).toMatchObject({ kind: 'batches', offsetEnd: 3 })
    expect(failures).toEqual([])
  })

  test('while a partition is loaded keeps that partition away, and no other', async () => {
    const log = await open()
    for (let i = 0; i < 3; i++) log.append(batch(), EPOCH)
    manager.create('u', 0, freshUuid(), SMALL).append(batch(), EPOCH)
    await manager.close()
    faults.fault = (action, path) => (action === 'read' && path.includes('/t-0/') ? 'IO' : null)
    manager = (await openManager(paths, { disk: faults.disk, clock })).manager
    await expect(manager.get('t', 0)?.load()).rejects.toMatchObject({ code: 'UNREADABLE' })
    expect(manager.get('u', 0)?.logEnd).toBe(1)
    faults.fault = () => null
    expect(manager.get('t', 0)?.logEnd).toBe(3)
  })
})

test('a process without descriptors is told so, and goes on when it has some again', async () => {
  const log = await open()
  faults.fault = (action, path) =>
    action === 'create' && path.endsWith('.log') ? 'TOO_MANY_FILES' : null
  expect(() => log.append(batch(), EPOCH)).toThrow(
    expect.objectContaining({ code: 'TOO_MANY_FILES' }) as Error,
  )
  faults.fault = () => null
  expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 0 })
  expect(failures).toEqual([])
})

test('a dir that cannot be opened is offline from the start; with no other there is no start', async () => {
  const log = await open(2)
  const [one, two] = paths as [string, string]
  await manager.close()
  faults.fault = (action, path) => (action === 'syncDirectory' && path === one ? 'IO' : null)
  manager = (await openManager(paths, { disk: faults.disk, clock })).manager
  expect(manager.dirs.map(({ failure }) => failure?.code ?? null)).toEqual(['FAILED', null])
  expect(manager.create('u', 0, freshUuid(), SMALL).logDir).toBe(two)
  expect(log.logDir).toBe(one)
  await manager.close()
  realDisk.writeFile(`${one}/.kafka_cleanshutdown`, Buffer.alloc(0))
  await expect(openManager([one], { disk: faults.disk, clock })).rejects.toMatchObject({
    code: 'FAILED',
  })
})

test('everything fails in turn: whatever was acknowledged as durable is there after a restart', async () => {
  // The n-th operation that changes the disk fails, for every n until nothing fails any more.
  for (let nth = 1; ; nth++) {
    let count = 0
    const log = await open(1, { ...SMALL, segmentBytes: 500 })
    faults.fault = (action) => {
      if (action === 'read') return null
      count += 1
      return count === nth ? 'IO' : null
    }
    let durable = 0
    try {
      for (let i = 0; i < 12; i++) {
        log.append(batch({ valueBytes: 30, mark: i }), { leaderEpoch: i >> 2 })
        if (i % 3 === 2) {
          await log.flush()
          durable = log.durableEnd
        }
      }
      log.highWatermark = log.logEnd
      await log.deleteRecordsBefore(2)
    } catch (error) {
      expect(error).toMatchObject({ code: 'FAILED' })
    }
    const { log: again, close } = await reopened(paths[0] as string, {
      ...SMALL,
      segmentBytes: 500,
    })
    expect(again.logEnd).toBeGreaterThanOrEqual(durable)
    expect(
      baseOffsets(await readAll(again)).every(
        (offset, index, all) => index === 0 || offset === (all[index - 1] ?? 0) + 1,
      ),
    ).toBe(true)
    await close()
    faults.fault = () => null
    await manager.close()
    for (const path of paths) realDisk.removeTree(path)
    if (count < nth) break
  }
})
