/** One log in daily work: appending, reading, rolling, flushing, truncating, forgetting. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { wholeBatches } from '../records/index.ts'
import { LOG_CONFIG_DEFAULTS } from './config.ts'
import type { LogConfig } from './config.ts'
import type { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import {
  baseOffsets,
  batch,
  EPOCH,
  FaultyDisk,
  freshUuid,
  MovableClock,
  openManager,
  readAll,
  realDisk,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'
import type { OpenOptions } from './test-support.ts'

const T0 = 1_700_000_000_000
let manager: LogManager
let path = ''

afterEach(async () => {
  await manager.close()
  realDisk.removeTree(path)
})

async function open(config: LogConfig = SMALL, options: OpenOptions = {}): Promise<PartitionLog> {
  path = temporaryDirectory()
  manager = (await openManager(path, { config, ...options })).manager
  return manager.create('t', 0, freshUuid(), config)
}

async function reopen(config: LogConfig = SMALL, options: OpenOptions = {}): Promise<PartitionLog> {
  await manager.close()
  manager = (await openManager(path, { config, ...options })).manager
  return manager.get('t', 0) as PartitionLog
}

function segments(): string[] {
  return realDisk
    .list(`${path}/t-0`)
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.log'))
    .sort()
}

const all = { maxBytes: 1_000_000, offsetEndMax: Infinity, minOneBatch: true }

describe('append', () => {
  test('stamps offset and epoch into the bytes it was given', async () => {
    const log = await open()
    log.append(batch({ records: 3 }), { leaderEpoch: 4 })
    const second = batch({ records: 2 })
    expect(log.append(second, { leaderEpoch: 5 })).toEqual({
      kind: 'appended',
      baseOffset: 3,
      lastOffset: 4,
      flushBeforeAck: false,
    })
    const stored = [...wholeBatches(Buffer.concat(await readAll(log)))]
    expect(stored.map(({ baseOffset, leaderEpoch }) => [baseOffset, leaderEpoch])).toEqual([
      [0, 4],
      [3, 5],
    ])
    expect([log.latestEpoch, log.epochAt(2), log.epochAt(3)]).toEqual([5, 4, 5])
  })

  test('a follower keeps offsets and epochs, over segments and gaps, and takes nothing that does not fit', async () => {
    const log = await open({ ...SMALL, segmentBytes: 300 })
    const fetched = [0, 3, 6, 20, 23, 26].map(
      (baseOffset, i) => batch({ records: 3, baseOffset, leaderEpoch: i >> 1, mark: i }).buffer,
    )
    expect(log.appendFollower(Buffer.concat(fetched))).toEqual({
      kind: 'appended',
      baseOffset: 0,
      lastOffset: 28,
    })
    expect(Buffer.concat(await readAll(log))).toEqual(Buffer.concat(fetched))
    expect(segments().length).toBeGreaterThan(2)
    expect([0, 1, 2].map((epoch) => log.epochEndOffset(epoch).endOffset)).toEqual([6, 23, 29])
    expect(log.appendFollower(Buffer.alloc(0))).toEqual({
      kind: 'appended',
      baseOffset: 29,
      lastOffset: 28,
    })

    const next = batch({ records: 3, baseOffset: 29, leaderEpoch: 2 }).buffer
    const damaged = Buffer.concat([next, batch({ baseOffset: 32 }).buffer])
    damaged[damaged.length - 1] = 1
    expect(log.appendFollower(damaged)).toMatchObject({ kind: 'refused', reason: 'corrupt' })
    expect(log.appendFollower(Buffer.concat([next, next]))).toMatchObject({
      kind: 'refused',
      reason: 'unexpectedOffset',
    })
    expect(log.appendFollower(batch({ baseOffset: 28 }).buffer)).toMatchObject({
      kind: 'refused',
      reason: 'unexpectedOffset',
    })
    expect(log.appendFollower(next.subarray(0, 70))).toMatchObject({
      kind: 'refused',
      reason: 'corrupt',
    })
    expect(log.logEnd).toBe(29)
  })

  test('rolls by size, by time between records, by full index, and when asked; never an empty segment', async () => {
    const log = await open({ ...SMALL, segmentBytes: 1000, segmentMs: 1000, indexSizeMaxBytes: 60 })
    log.roll()
    expect(segments()).toEqual([])
    log.append(batch({ timestampMs: T0 }), EPOCH)
    log.append(batch({ timestampMs: T0 + 1000 }), EPOCH)
    expect(segments().length).toBe(1)
    log.append(batch({ timestampMs: T0 + 1001 }), EPOCH)
    expect(segments().at(-1)).toBe('00000000000000000002.log')
    log.append(batch({ timestampMs: T0 + 1001, valueBytes: 850 }), EPOCH)
    expect(segments().at(-1)).toBe('00000000000000000003.log')
    log.roll()
    log.roll()
    expect(segments().length).toBe(4)
    // 60 bytes: room for 7 offset entries, for 4 time entries and the last one.
    for (let i = 0; i < 40; i++) log.append(batch({ timestampMs: T0 + i, valueBytes: 0 }), EPOCH)
    log.configure({ ...SMALL, segmentBytes: 100_000, indexSizeMaxBytes: 60 })
    const before = segments().length
    for (let i = 0; i < 40; i++)
      log.append(batch({ timestampMs: T0 + 1000 + i, valueBytes: 200 }), EPOCH)
    expect(segments().length).toBeGreaterThan(before + 5)
    expect(baseOffsets(await readAll(log)).length).toBe(84)
  })

  test('the time by which a segment ages comes back with a restart', async () => {
    const config = { ...SMALL, segmentMs: 1000 }
    let log = await open(config)
    log.append(batch({ timestampMs: T0 }), EPOCH)
    log.append(batch({ timestampMs: T0 + 5 }), EPOCH)
    log = await reopen(config)
    log.append(batch({ timestampMs: T0 + 999 }), EPOCH)
    expect(segments().length).toBe(1)
    log.append(batch({ timestampMs: T0 + 1001 }), EPOCH)
    expect(segments().length).toBe(2)
  })

  test('a preallocated segment is as good as another, and has its true size after a stop', async () => {
    const config = { ...SMALL, preallocate: true }
    let log = await open(config)
    log.append(batch(), EPOCH)
    expect(realDisk.stat(`${path}/t-0/${segments()[0]}`)?.sizeBytes).toBe(4096)
    expect((await readAll(log)).length).toBe(1)
    log = await reopen(config)
    expect(realDisk.stat(`${path}/t-0/${segments()[0]}`)?.sizeBytes).toBe(log.sizeBytes)
    expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 1 })
  })
})

describe('read', () => {
  test('whole batches from the one that holds the offset, up to the bound, as many as fit', async () => {
    const log = await open()
    for (let i = 0; i < 5; i++) log.append(batch({ records: 2, mark: i }), EPOCH)
    const size = log.sizeBytes / 5
    const read = async (offset: number, options: Partial<typeof all>): Promise<unknown> => {
      const result = await log.read(offset, { ...all, ...options })
      return result.kind === 'batches'
        ? [result.buffer.length / size, result.offsetEnd]
        : result.kind
    }
    expect(await read(0, {})).toEqual([5, 10])
    expect(await read(3, {})).toEqual([4, 10])
    expect(await read(3, { maxBytes: 2 * size + 60 })).toEqual([2, 6])
    expect(await read(3, { maxBytes: size - 1 })).toEqual([1, 4])
    expect(await read(3, { maxBytes: size - 1, minOneBatch: false })).toEqual([0, 3])
    expect(await read(3, { maxBytes: 0, minOneBatch: false })).toEqual([0, 3])
    expect(await read(3, { maxBytes: 0 })).toEqual([1, 4])
    expect(await read(0, { offsetEndMax: 6 })).toEqual([3, 6])
    // A bound within a batch shows nothing of it.
    expect(await read(0, { offsetEndMax: 5 })).toEqual([2, 4])
    expect(await read(4, { offsetEndMax: 5 })).toEqual([0, 4])
    expect(await read(6, { offsetEndMax: 6 })).toEqual([0, 6])
    expect(await read(10, {})).toEqual([0, 10])
    expect(await read(11, {})).toBe('outOfRange')
    expect(await read(-1, {})).toBe('outOfRange')
  })

  test('a batch larger than all limits is read whole, alone', async () => {
    const log = await open({ ...SMALL, segmentBytes: 10_000_000 })
    log.append(batch({ valueBytes: 3_000_000 }), EPOCH)
    log.append(batch(), EPOCH)
    const result = await log.read(0, { maxBytes: 10, offsetEndMax: 2, minOneBatch: true })
    expect(result).toMatchObject({ kind: 'batches', offsetEnd: 1 })
  })

  test('what was just written is answered at once; the rest off the loop', async () => {
    const config = { ...LOG_CONFIG_DEFAULTS, segmentBytes: 100_000_000 }
    const clock = new MovableClock()
    let log = await open(config, { clock })
    const big = batch({ valueBytes: 1_000_000 })
    for (let i = 0; i < 30; i++) log.append(big, EPOCH)
    expect(log.read(29, all)).not.toBeInstanceOf(Promise)
    expect(log.read(30, all)).not.toBeInstanceOf(Promise)
    const late = [log.read(0, all)]
    await clock.advance(120_000)
    late.push(log.read(29, all))
    log.append(batch(), EPOCH)
    expect(log.read(29, all)).not.toBeInstanceOf(Promise)
    for (const result of late) {
      expect(result).toBeInstanceOf(Promise)
      await result
    }
    log = await reopen(config)
    const last = log.read(30, all)
    expect(last).toBeInstanceOf(Promise)
    await last
  })

  test('a consumer that follows the end finds each batch without the index', async () => {
    const faults = new FaultyDisk()
    const log = await open(SMALL, { disk: faults.disk })
    let offset = 0
    for (let i = 0; i < 100; i++) {
      expect(await log.read(offset, all)).toMatchObject({ kind: 'batches', offsetEnd: offset })
      log.append(batch({ records: 2 }), EPOCH)
      // Only the `.log` file may be read.
      faults.fault = (action, path) =>
        action === 'read' && path.endsWith('.index') ? 'OTHER' : null
      const result = await log.read(offset, all)
      faults.fault = () => null
      expect(result).toMatchObject({ kind: 'batches', offsetEnd: offset + 2 })
      offset += 2
    }
  })

  test('in front of the log start there is nothing, also while its segment is still there', async () => {
    const log = await open()
    for (let i = 0; i < 6; i++) log.append(batch(), EPOCH)
    log.highWatermark = 6
    await log.deleteRecordsBefore(3)
    expect(await log.read(2, all)).toEqual({ kind: 'outOfRange', logStart: 3, logEnd: 6 })
    expect(await log.read(3, all)).toMatchObject({ kind: 'batches', offsetEnd: 6 })
    expect(await log.offsetForTimestamp(0)).toMatchObject({ offset: 3 })
  })

  test('a segment that goes while it is read is out of range, not an error', async () => {
    const log = await reopenedWithSegments()
    const reading = log.read(0, all)
    log.highWatermark = log.logEnd
    const deleting = log.deleteRecordsBefore(30)
    expect(await reading).toEqual({ kind: 'outOfRange', logStart: 30, logEnd: 40 })
    await deleting
  })

  async function reopenedWithSegments(): Promise<PartitionLog> {
    const config = { ...SMALL, segmentBytes: 500 }
    const log = await open(config)
    for (let i = 0; i < 40; i++) log.append(batch({ timestampMs: T0 + i }), EPOCH)
    return reopen(config)
  }

  test('many readers, appends and rolls at the same time', async () => {
    const log = await reopenedWithSegments()
    const readers = Array.from({ length: 10 }, async (_, reader) => {
      let offset = reader * 3
      const seen: number[] = []
      while (offset < 140) {
        const result = await log.read(offset, { ...all, maxBytes: 300 })
        if (result.kind !== 'batches') throw new Error(result.kind)
        for (const header of wholeBatches(result.buffer)) seen.push(header.baseOffset)
        offset = result.offsetEnd
        if (offset === log.logEnd && offset < 140) log.append(batch(), EPOCH)
        await Promise.resolve()
      }
      return seen
    })
    for (const [reader, seen] of (await Promise.all(readers)).entries()) {
      expect(seen).toEqual(Array.from({ length: 140 - reader * 3 }, (_, i) => reader * 3 + i))
    }
  })
})

describe('times', () => {
  test('the first record at or after a time, whatever the order of times; the first of the largest', async () => {
    const log = await open({ ...SMALL, segmentBytes: 600 })
    const times = [5, 3, 9, 9, 1, 20, 7, 30, 2, 30, 4, 4, 4, 8]
    for (const time of times) log.append(batch({ timestampMs: T0 + time }), EPOCH)
    for (let time = 0; time <= 31; time++) {
      const index = times.findIndex((one) => one >= time)
      const expected =
        index < 0 ? null : { offset: index, timestampMs: T0 + (times[index] ?? 0), leaderEpoch: 0 }
      expect(await log.offsetForTimestamp(T0 + time), `${time}`).toEqual(expected)
    }
    expect(await log.offsetOfMaxTimestamp()).toMatchObject({ offset: 7, timestampMs: T0 + 30 })
  })

  test('records within a batch, compressed or not, and the time of the append', async () => {
    const log = await open()
    log.append(batch({ records: 3, codec: 'zstd', timestampMs: T0 }), EPOCH)
    log.append(batch({ records: 3, timestampMs: T0 + 5, logAppendTimeMs: T0 + 50 }), EPOCH)
    expect(await log.offsetForTimestamp(T0 + 1)).toMatchObject({ offset: 3, timestampMs: T0 + 50 })
    expect(await log.offsetOfMaxTimestamp()).toMatchObject({ offset: 3, timestampMs: T0 + 50 })
    expect(await (await open()).offsetOfMaxTimestamp()).toBeNull()
  })
})

describe('flush', () => {
  /** Counts the syncs of `.log` files. */
  async function counting(
    config: LogConfig,
    clock = new MovableClock(),
  ): Promise<{ log: PartitionLog; syncs: () => number; clock: MovableClock }> {
    const faults = new FaultyDisk()
    let syncs = 0
    faults.fault = (action, path) => {
      if (action === 'sync' && path.endsWith('.log')) syncs += 1
      return null
    }
    return { log: await open(config, { disk: faults.disk, clock }), syncs: () => syncs, clock }
  }

  test('what arrives together shares a flush, what arrives during one shares the next', async () => {
    const { log, syncs } = await counting(SMALL)
    const acknowledged: number[] = []
    const wait = (end: number): Promise<void> =>
      log.whenDurable(end).then(() => void acknowledged.push(end))
    const waits: Promise<void>[] = []
    for (let i = 1; i <= 10; i++) {
      log.append(batch(), EPOCH)
      waits.push(wait(i))
    }
    await Promise.all(waits)
    expect(syncs()).toBe(1)
    expect(acknowledged).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])

    log.append(batch(), EPOCH)
    const first = wait(11)
    await Promise.resolve()
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))
    const later: Promise<void>[] = []
    for (let i = 12; i <= 20; i++) {
      log.append(batch(), EPOCH)
      later.push(wait(i))
    }
    await Promise.all([first, ...later])
    expect(syncs()).toBeLessThanOrEqual(3)
    expect([log.durableEnd, log.dirtyBytes]).toEqual([20, 0])
    await log.whenDurable(20)
    expect(syncs()).toBeLessThanOrEqual(3)
  })

  test('flush.before.ack and flush.messages say which append has to wait', async () => {
    const log = await open({ ...SMALL, flushMessages: 4 })
    const asks = (): boolean => {
      const result = log.append(batch(), EPOCH)
      return result.kind === 'appended' && result.flushBeforeAck
    }
    expect([asks(), asks(), asks(), asks(), asks()]).toEqual([false, false, false, true, true])
    await log.flush()
    expect(asks()).toBe(false)
    log.configure({ ...SMALL, flushBeforeAck: true })
    expect(asks()).toBe(true)
  })

  test('flush.ms flushes in time, without it nothing is flushed so soon; all is settled after a while', async () => {
    for (const [flushMs, afterOneSecond] of [
      [500, 3],
      [Infinity, 0],
    ] as const) {
      const { log, clock } = await counting({ ...SMALL, flushMs })
      for (let i = 0; i < 3; i++) log.append(batch(), EPOCH)
      await clock.advance(1000)
      expect(log.durableEnd).toBe(afterOneSecond)
      await clock.advance(6000)
      await clock.advance(2000)
      expect(log.durableEnd).toBe(3)
      expect(realDisk.readFile(`${path}/recovery-point-offset-checkpoint`).toString()).toBe(
        '0\n1\nt 0 3\n',
      )
      await manager.close()
      realDisk.removeTree(path)
    }
    await open()
  })

  test('a log with much unsettled is settled without delay, with a snapshot in the middle of the segment', async () => {
    const config = {
      ...LOG_CONFIG_DEFAULTS,
      segmentBytes: 500_000_000,
      maxMessageBytes: 10_000_000,
    }
    const { log, clock } = await counting(config)
    for (let i = 0; i < 9; i++) log.append(batch({ valueBytes: 8_000_000 }), EPOCH)
    for (let i = 0; i < 200 && log.durableEnd < 8; i++)
      await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(0)
    expect(log.durableEnd).toBeGreaterThanOrEqual(8)
    expect(realDisk.list(`${path}/t-0`).some(({ name }) => /0000[89]\.snapshot$/.test(name))).toBe(
      true,
    )
  })
})

describe('truncation', () => {
  test('cuts to the batch that holds the offset; the end, the high watermark and the epochs follow', async () => {
    const log = await open({ ...SMALL, segmentBytes: 400 })
    for (let i = 0; i < 12; i++)
      log.append(batch({ records: 2, mark: i, timestampMs: T0 + (i === 5 ? 100 : i) }), {
        leaderEpoch: i >> 2,
      })
    log.highWatermark = 20
    await log.flush()
    await log.truncateTo(100)
    expect(log.logEnd).toBe(24)
    await log.truncateTo(13)
    expect([log.logEnd, log.durableEnd, log.highWatermark, log.latestEpoch]).toEqual([
      12, 12, 12, 1,
    ])
    expect(await log.offsetOfMaxTimestamp()).toMatchObject({ offset: 10, timestampMs: T0 + 100 })
    await log.truncateTo(10)
    expect(await log.offsetOfMaxTimestamp()).toMatchObject({ offset: 8, timestampMs: T0 + 4 })
    expect(log.append(batch(), { leaderEpoch: 5 })).toMatchObject({ baseOffset: 10 })
    expect(baseOffsets(await readAll(log))).toEqual([0, 2, 4, 6, 8, 10])
  })

  test('the checkpointed recovery point never lies above the end: what comes there later is verified', async () => {
    const log = await open()
    for (let i = 0; i < 10; i++) log.append(batch(), EPOCH)
    const clock = new MovableClock()
    await reopen(SMALL, { clock })
    const again = manager.get('t', 0) as PartitionLog
    await again.truncateTo(4)
    expect(realDisk.readFile(`${path}/recovery-point-offset-checkpoint`).toString()).toBe(
      '0\n1\nt 0 4\n',
    )
  })

  test('what is appended after a cut is dirty, although as much was flushed before', async () => {
    const log = await open()
    for (let i = 0; i < 4; i++) log.append(batch(), EPOCH)
    await log.flush()
    const size = log.sizeBytes / 4
    await log.truncateTo(2)
    log.append(batch(), EPOCH)
    expect([log.durableEnd, log.dirtyBytes]).toEqual([2, size])
    await log.flush()
    expect([log.durableEnd, log.dirtyBytes]).toEqual([3, 0])
  })

  test('who waits for what is cut off is refused, who waits for the rest is not', async () => {
    const log = await open()
    for (let i = 0; i < 4; i++) log.append(batch(), EPOCH)
    const truncating = log.truncateTo(2)
    const [kept, cut] = [log.whenDurable(2), log.whenDurable(4)]
    await truncating
    await expect(cut).rejects.toMatchObject({ code: 'TRUNCATED' })
    await kept
    expect(log.durableEnd).toBe(2)
  })

  test('anew at an offset ahead or behind, and again after a restart', async () => {
    const log = await open()
    for (let i = 0; i < 4; i++) log.append(batch(), EPOCH)
    await log.truncateFully(100)
    expect([log.logStart, log.logEnd, log.highWatermark, log.sizeBytes]).toEqual([100, 100, 100, 0])
    expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 100 })
    await log.truncateFully(7)
    const again = await reopen()
    expect([again.logStart, again.logEnd]).toEqual([7, 7])
  })
})

describe('retention', () => {
  const config = { ...SMALL, segmentBytes: 400, retentionMs: 1000, retentionCheckIntervalMs: 1000 }

  async function aging(
    overrides: Partial<LogConfig> = {},
  ): Promise<{ log: PartitionLog; clock: MovableClock }> {
    const clock = new MovableClock()
    const log = await open({ ...config, ...overrides }, { clock, retentionCheckIntervalMs: 1000 })
    return { log, clock }
  }

  test('by time: whole segments, not above the high watermark, the active one too', async () => {
    const { log, clock } = await aging()
    const nowMs = clock.wallMs()
    for (let i = 0; i < 12; i++)
      log.append(batch({ records: 2, timestampMs: nowMs - 5000 + i }), EPOCH)
    for (let i = 0; i < 4; i++)
      log.append(batch({ records: 2, timestampMs: nowMs + 60_000 + i }), EPOCH)
    await clock.advance(1000)
    expect(log.logStart).toBe(0)
    log.highWatermark = 14
    await clock.advance(1000)
    expect(log.logStart).toBe(12)
    log.highWatermark = log.logEnd
    await clock.advance(1000)
    expect(log.logStart).toBe(24)
    await clock.advance(100_000)
    expect([log.logStart, log.logEnd, log.sizeBytes]).toEqual([32, 32, 0])
    expect(segments()).toEqual(['00000000000000000032.log'])
    expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 32 })
  })

  test('by size: as many as leave no less than allowed', async () => {
    const { log, clock } = await aging({ retentionMs: -1, retentionBytes: 1000 })
    for (let i = 0; i < 20; i++) log.append(batch({ records: 2 }), EPOCH)
    log.highWatermark = log.logEnd
    await clock.advance(1000)
    // The files go one after the other, on a real disk.
    await vi.waitFor(() => expect(log.sizeBytes).toBeLessThan(1000 + 400), 10_000)
    expect(log.sizeBytes).toBeGreaterThanOrEqual(1000)
    expect(baseOffsets(await readAll(log))[0]).toBe(log.logStart)
  })

  test('a clock that jumps forward by years removes nothing; one that jumps back keeps', async () => {
    const { log, clock } = await aging({ retentionMs: 3_600_000 })
    const nowMs = clock.wallMs()
    for (let i = 0; i < 12; i++) log.append(batch({ timestampMs: nowMs }), EPOCH)
    log.highWatermark = log.logEnd
    clock.jumpWall(10 * 365 * 86_400_000)
    await clock.advance(1000)
    expect(log.logStart).toBe(0)
    clock.jumpWall(-20 * 365 * 86_400_000)
    await clock.advance(1000)
    expect(log.logStart).toBe(0)
  })

  test('a compacted topic keeps everything but what lies in front of the log start', async () => {
    const { log, clock } = await aging({
      cleanupDelete: false,
      cleanupCompact: true,
      retentionBytes: 0,
    })
    for (let i = 0; i < 12; i++) log.append(batch({ timestampMs: 1000 + i }), EPOCH)
    log.highWatermark = log.logEnd
    await clock.advance(1000)
    expect(log.logStart).toBe(0)
    await log.deleteRecordsBefore(7)
    expect(segments()[0]).toBe('00000000000000000004.log')
  })
})
