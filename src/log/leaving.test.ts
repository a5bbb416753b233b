/** Logs and segments that go while somebody works with them: that is told to whoever does, and is no failure of the disk. */
import { afterEach, describe, expect, test } from 'vitest'
import type { LogConfig } from './config.ts'
import type { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import {
  batch,
  crashCopy,
  EPOCH,
  FaultyDisk,
  freshUuid,
  openManager,
  realDisk,
  settleDown,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'

const T0 = 1_700_000_000_000
const BATCHES = 60
const SEGMENTS: LogConfig = { ...SMALL, segmentBytes: 600 }
const paths: string[] = []
let manager: LogManager

afterEach(async () => {
  await manager.close()
  for (const path of paths.splice(0)) realDisk.removeTree(path)
})

/** A disk whose reads off the loop wait until {@link SlowReads.go} is called. */
class SlowReads {
  readonly disk = { ...new FaultyDisk().disk }
  #waiting: Array<() => void> = []
  isSlow = false

  constructor() {
    const { disk } = new FaultyDisk()
    this.disk.open = (path, mode) => {
      const file = disk.open(path, mode)
      const readLater = async (target: Uint8Array, position: number): Promise<number> => {
        const count = await file.readLater(target, position)
        if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve))
        return count
      }
      return { ...file, path: file.path, readLater }
    }
  }

  go(): void {
    this.isSlow = false
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

async function open(path = temporaryDirectory()): Promise<SlowReads> {
  paths.push(path)
  const slow = new SlowReads()
  manager = (await openManager(path, { config: SEGMENTS, disk: slow.disk })).manager
  return slow
}

async function filled(): Promise<{ slow: SlowReads; log: PartitionLog }> {
  const slow = await open()
  const log = manager.create('t', 0, freshUuid(), SEGMENTS)
  for (let i = 0; i < BATCHES; i++) log.append(batch({ timestampMs: T0 + i }), EPOCH)
  log.highWatermark = log.logEnd
  await log.flush()
  return { slow, log }
}

function expectHealthy(): void {
  expect(manager.dirs[0]?.failure).toBeNull()
  const again = manager.create('u', 0, freshUuid(), SEGMENTS)
  expect(again.append(batch(), EPOCH)).toMatchObject({ baseOffset: 0 })
}

describe('a log that is deleted', () => {
  test.each([
    ['a search by time', (log: PartitionLog) => log.offsetForTimestamp(T0 + 50)],
    ['a search for the largest time', (log: PartitionLog) => log.offsetOfMaxTimestamp()],
    ['retention', (log: PartitionLog) => log.retain(T0)],
  ])('during %s: it ends, and the dir goes on', async (_name, work) => {
    const { slow, log } = await filled()
    slow.isSlow = true
    const working = work(log)
    const failure = expect(working).rejects.toMatchObject({ code: 'CLOSED' })
    await settleDown()
    manager.delete('t', 0)
    slow.go()
    await failure
    expectHealthy()
  })

  test('during a search, and made anew: the search ends, and touches nothing of the new one', async () => {
    const { slow, log } = await filled()
    slow.isSlow = true
    const working = expect(log.offsetForTimestamp(T0 + 50)).rejects.toMatchObject({
      code: 'CLOSED',
    })
    await settleDown()
    manager.delete('t', 0)
    const anew = manager.create('t', 0, freshUuid(), SEGMENTS)
    for (let i = 0; i < BATCHES; i++) anew.append(batch({ timestampMs: T0 - i }), EPOCH)
    slow.go()
    await working
    await anew.flush()
    expect(await anew.offsetForTimestamp(T0)).toMatchObject({ offset: 0 })
    expectHealthy()
  })

  test('while it is loaded after a crash: nothing of its name is touched, and the dir goes on', async () => {
    await filled()
    const copy = crashCopy(paths[0] as string)
    await manager.close()
    const slow = await open(copy)
    slow.isSlow = true
    const log = manager.get('t', 0) as PartitionLog
    const loading = expect(log.load()).rejects.toMatchObject({ code: 'CLOSED' })
    await settleDown()
    manager.delete('t', 0)
    const anew = manager.create('t', 0, freshUuid(), SEGMENTS)
    for (let i = 0; i < BATCHES * 2; i++) anew.append(batch({ timestampMs: T0 + i }), EPOCH)
    slow.go()
    await loading
    await settleDown()
    expect([anew.logStart, anew.logEnd]).toEqual([0, BATCHES * 2])
    expect(await anew.offsetForTimestamp(T0 + 100)).toMatchObject({ offset: 100 })
    expectHealthy()
  })
})

describe('segments that are deleted', () => {
  test('during a search by time: it goes on among those that are left', async () => {
    const { slow, log } = await filled()
    slow.isSlow = true
    const searching = log.offsetForTimestamp(T0)
    await settleDown()
    const deleting = log.deleteRecordsBefore(BATCHES / 2)
    await settleDown()
    slow.go()
    expect(await deleting).toBe(BATCHES / 2)
    expect(await searching).toMatchObject({ offset: BATCHES / 2 })
    expectHealthy()
  })
})
