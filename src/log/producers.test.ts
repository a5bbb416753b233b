/** Idempotent and transactional producers: what a log takes, refuses and remembers, in memory, over restarts and over truncation. */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { INT32_MAX } from '../base/index.ts'
import type { LogConfig } from './config.ts'
import type { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import {
  batch,
  BY_COORDINATOR,
  crashCopy,
  EPOCH,
  freshUuid,
  marker,
  MovableClock,
  numbered,
  openManager,
  realDisk,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'

let manager: LogManager
let path = ''
const leftovers: string[] = []

afterEach(async () => {
  await manager.close()
  for (const directory of [path, ...leftovers.splice(0)]) realDisk.removeTree(directory)
})

async function open(
  options: { config?: LogConfig; clock?: MovableClock; producerExpirationMs?: number } = {},
): Promise<PartitionLog> {
  path = temporaryDirectory()
  return reopen(options)
}

async function reopen(options: Parameters<typeof open>[0] = {}): Promise<PartitionLog> {
  manager = (await openManager(path, options)).manager
  return manager.get('t', 0) ?? manager.create('t', 0, freshUuid(), options?.config ?? SMALL)
}

async function restart(options: Parameters<typeof open>[0] = {}): Promise<PartitionLog> {
  await manager.close()
  return reopen(options)
}

async function crash(options: Parameters<typeof open>[0] = {}): Promise<PartitionLog> {
  const copy = crashCopy(path)
  await manager.close()
  leftovers.push(path)
  path = copy
  return reopen(options)
}

const refused = (reason: string): unknown => ({
  kind: 'refused',
  reason,
  message: expect.any(String) as string,
})

describe('sequence numbers', () => {
  test('batches follow one another without a gap; a gap and a step back are refused', async () => {
    const log = await open()
    expect(log.append(numbered(1, 0, { records: 3 }), EPOCH).kind).toBe('appended')
    expect(log.append(numbered(1, 4), EPOCH)).toEqual(refused('outOfOrderSequence'))
    expect(log.append(numbered(1, 2), EPOCH)).toEqual(refused('outOfOrderSequence'))
    expect(log.append(numbered(1, 3), EPOCH).kind).toBe('appended')
    expect(log.append(numbered(2, 0), EPOCH).kind).toBe('appended')
    expect(log.logEnd).toBe(5)
  })

  test('they go on at 0 after 2147483647, also within a batch, and the duplicate of such a batch is found', async () => {
    const log = await open()
    const leader = { leaderEpoch: 0, origin: 'client' } as const
    // Kafka's rule for a producer the log does not know, once the log cannot know all: any beginning.
    log.append(batch(), EPOCH)
    log.highWatermark = 1
    await log.deleteRecordsBefore(1)
    const old = await restart()
    expect(old.append(numbered(1, INT32_MAX - 2, { records: 2 }), leader)).toMatchObject({
      baseOffset: 1,
    })
    const wrapping = numbered(1, INT32_MAX, { records: 3 })
    expect(old.append(wrapping, leader)).toMatchObject({ kind: 'appended', baseOffset: 3 })
    expect(old.append(numbered(1, INT32_MAX, { records: 3 }), leader)).toMatchObject({
      kind: 'duplicate',
      baseOffset: 3,
      lastOffset: 5,
    })
    expect(old.append(numbered(1, 3), leader)).toEqual(refused('outOfOrderSequence'))
    expect(old.append(numbered(1, 2), leader)).toMatchObject({ kind: 'appended', baseOffset: 6 })
  })

  test('a new epoch begins at 0; an older one is fenced', async () => {
    const log = await open()
    log.append(numbered(1, 0, { producerEpoch: 3 }), EPOCH)
    expect(log.append(numbered(1, 1, { producerEpoch: 4 }), EPOCH)).toEqual(
      refused('outOfOrderSequence'),
    )
    expect(log.append(numbered(1, 0, { producerEpoch: 4 }), EPOCH).kind).toBe('appended')
    expect(log.append(numbered(1, 1, { producerEpoch: 3 }), EPOCH)).toEqual(
      refused('invalidProducerEpoch'),
    )
    expect(log.append(numbered(1, 1, { producerEpoch: 4 }), EPOCH).kind).toBe('appended')
  })

  test('the last five batches are answered with their first offsets, the sixth is out of order', async () => {
    const log = await open()
    for (let i = 0; i < 6; i++)
      log.append(numbered(1, i * 2, { records: 2, timestampMs: 1000 + i }), EPOCH)
    expect(log.append(numbered(1, 0, { records: 2 }), EPOCH)).toEqual(refused('outOfOrderSequence'))
    for (let i = 1; i < 6; i++) {
      expect(log.append(numbered(1, i * 2, { records: 2 }), EPOCH)).toEqual({
        kind: 'duplicate',
        baseOffset: i * 2,
        lastOffset: i * 2 + 1,
        timestampMs: 1000 + i,
        flushBeforeAck: false,
      })
    }
    // A batch that covers part of a known one is no duplicate.
    expect(log.append(numbered(1, 10, { records: 1 }), EPOCH)).toEqual(
      refused('outOfOrderSequence'),
    )
    expect(log.logEnd).toBe(12)
  })

  test('a duplicate waits for the flush of the first copy, until that is durable', async () => {
    const log = await open({ config: { ...SMALL, flushBeforeAck: true } })
    expect(log.append(numbered(1, 0), EPOCH)).toMatchObject({ flushBeforeAck: true })
    expect(log.append(numbered(1, 0), EPOCH)).toMatchObject({
      kind: 'duplicate',
      flushBeforeAck: true,
    })
    await log.flush()
    expect(log.append(numbered(1, 0), EPOCH)).toMatchObject({
      kind: 'duplicate',
      flushBeforeAck: false,
    })
  })

  test('coordinators write without sequence numbers, and are fenced by epoch all the same', async () => {
    const log = await open()
    const transactional = { transactional: true, producerId: 1, producerEpoch: 2 }
    expect(log.append(batch(transactional), BY_COORDINATOR).kind).toBe('appended')
    expect(log.append(batch(transactional), BY_COORDINATOR).kind).toBe('appended')
    expect(log.append(batch({ ...transactional, producerEpoch: 1 }), BY_COORDINATOR)).toEqual(
      refused('invalidProducerEpoch'),
    )
  })
})

describe('the first batch of a producer', () => {
  test('must be its first where the log holds all that was ever written to it, also after a restart', async () => {
    let log = await open()
    log.append(numbered(1, 0), EPOCH)
    expect(log.append(numbered(2, 4), EPOCH)).toEqual(refused('outOfOrderSequence'))
    log = await restart()
    expect(log.append(numbered(3, 4), EPOCH)).toEqual(refused('outOfOrderSequence'))
    expect(log.append(numbered(3, 0), EPOCH).kind).toBe('appended')
    log = await crash()
    expect(log.append(numbered(4, 4), EPOCH)).toEqual(refused('outOfOrderSequence'))
  })

  test('may be any where records are gone that could have been its', async () => {
    const log = await open()
    log.append(numbered(1, 0), EPOCH)
    log.highWatermark = 1
    await log.deleteRecordsBefore(1)
    // This process has seen them all.
    expect(log.append(numbered(2, 4), EPOCH)).toEqual(refused('outOfOrderSequence'))
    expect((await restart()).append(numbered(2, 4), EPOCH).kind).toBe('appended')
  })

  test('may be any once a producer was forgotten', async () => {
    const clock = new MovableClock()
    const log = await open({ clock, producerExpirationMs: 1000 })
    log.append(numbered(1, 0), EPOCH)
    expect(log.activeProducers().length).toBe(1)
    await clock.advance(31_000)
    expect(log.activeProducers().length).toBe(0)
    expect(log.append(numbered(1, 5), EPOCH).kind).toBe('appended')
  })

  test('may be any in a log that is older than the expiry, after a restart: producers may have been forgotten before', async () => {
    const clock = new MovableClock()
    const log = await open({ clock, producerExpirationMs: 60_000 })
    log.append(numbered(1, 0), EPOCH)
    clock.jumpWall(3_600_000)
    const later = await restart({ clock, producerExpirationMs: 60_000 })
    expect(later.append(numbered(2, 5), EPOCH).kind).toBe('appended')
    expect(later.append(numbered(1, 7), EPOCH)).toEqual(refused('outOfOrderSequence'))
  })
})

describe('what is remembered', () => {
  test('the last five batches of each producer, over a clean stop and over a crash, wherever the segments end', async () => {
    const config = { ...SMALL, segmentBytes: 900 }
    for (const again of [restart, crash]) {
      let log = await open({ config })
      for (let i = 0; i < 9; i++) for (const id of [1, 2]) log.append(numbered(id, i), EPOCH)
      log = await again({ config })
      for (let i = 4; i < 9; i++) {
        for (const id of [1, 2])
          expect(log.append(numbered(id, i), EPOCH), `${id} ${i}`).toMatchObject({
            kind: 'duplicate',
            baseOffset: i * 2 + id - 1,
          })
      }
      expect(log.append(numbered(1, 3), EPOCH)).toEqual(refused('outOfOrderSequence'))
      expect(log.append(numbered(1, 9), EPOCH)).toMatchObject({ kind: 'appended', baseOffset: 18 })
      await manager.close()
    }
  })

  test('what was cut off is forgotten, what was in front of it is known again', async () => {
    const log = await open({ config: { ...SMALL, segmentBytes: 500 } })
    for (let i = 0; i < 20; i++) log.append(numbered(1, i), EPOCH)
    await log.truncateTo(12)
    expect(log.append(numbered(1, 11), EPOCH)).toMatchObject({ kind: 'duplicate', baseOffset: 11 })
    expect(log.append(numbered(1, 13), EPOCH)).toEqual(refused('outOfOrderSequence'))
    expect(log.append(numbered(1, 12), EPOCH)).toMatchObject({ kind: 'appended', baseOffset: 12 })
    await log.truncateFully(50)
    expect(log.activeProducers()).toEqual([])
  })

  test('live state and replayed state are the same, whatever was appended', async () => {
    const step = fc.record({
      id: fc.integer({ min: 1, max: 3 }),
      records: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom(
        'data',
        'data',
        'data',
        'transactional',
        'transactional',
        'commit',
        'abort',
        'bump',
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, clean) => {
        let log = await open({ config: { ...SMALL, segmentBytes: 800 } })
        const next = new Map<number, number>()
        const epochs = new Map<number, number>()
        for (const { id, records, kind } of steps) {
          if (kind === 'bump') {
            epochs.set(id, (epochs.get(id) ?? 0) + 1)
            next.set(id, 0)
          }
          const producerEpoch = epochs.get(id) ?? 0
          if (kind === 'commit' || kind === 'abort') {
            log.append(marker(id, kind === 'commit', producerEpoch), BY_COORDINATOR)
            continue
          }
          const sequence = next.get(id) ?? 0
          const transactional = kind === 'transactional'
          const result = log.append(
            numbered(id, sequence, { producerEpoch, records, transactional }),
            EPOCH,
          )
          if (result.kind === 'appended') next.set(id, sequence + records)
        }
        const live = log.activeProducers()
        const unstable = log.firstUnstableOffset
        log.highWatermark = log.logEnd
        const stable = log.lastStableOffset
        log = await (clean ? restart : crash)({ config: { ...SMALL, segmentBytes: 800 } })
        const byId = (a: { producerId: number }, b: { producerId: number }): number =>
          a.producerId - b.producerId
        expect(log.activeProducers().sort(byId)).toEqual([...live].sort(byId))
        log.highWatermark = log.logEnd
        expect(log.lastStableOffset).toBe(stable)
        expect(unstable === null || unstable <= stable).toBe(true)
        await manager.close()
      }),
      { numRuns: 60 },
    )
  })
})

describe('transactions', () => {
  test('the last stable offset stays in front of what is undecided, and of what is decided but not replicated', async () => {
    const log = await open()
    log.append(batch(), EPOCH)
    log.append(numbered(1, 0, { transactional: true }), EPOCH)
    log.append(numbered(2, 0, { transactional: true }), EPOCH)
    log.highWatermark = 3
    expect([log.firstUnstableOffset, log.lastStableOffset]).toEqual([1, 1])
    log.append(marker(1, true), BY_COORDINATOR)
    expect(log.lastStableOffset).toBe(1)
    log.highWatermark = 4
    expect(log.lastStableOffset).toBe(2)
    log.append(marker(2, false), BY_COORDINATOR)
    log.highWatermark = 5
    expect([log.firstUnstableOffset, log.lastStableOffset]).toEqual([null, 5])
  })

  test('aborted transactions are told to readers of their range, from any segment, and after restarts', async () => {
    const config = { ...SMALL, segmentBytes: 400 }
    let log = await open({ config })
    // 0-3: producer 1 aborts. 4-7: producer 2 commits. Then 1 aborts once more, around other records.
    log.append(numbered(1, 0, { records: 3, transactional: true }), EPOCH)
    log.append(marker(1, false), BY_COORDINATOR)
    log.append(numbered(2, 0, { records: 3, transactional: true }), EPOCH)
    log.append(marker(2, true), BY_COORDINATOR)
    log.append(numbered(1, 3, { transactional: true }), EPOCH)
    for (let i = 0; i < 10; i++) log.append(batch({ records: 2 }), EPOCH)
    log.append(marker(1, false), BY_COORDINATOR)
    const read = async (offset: number, offsetEndMax: number): Promise<unknown> => {
      const options = { maxBytes: 1, offsetEndMax, minOneBatch: true, abortedTransactions: true }
      const result = await log.read(offset, options)
      return result.kind === 'batches' ? result.abortedTransactions : result
    }
    for (const again of [null, restart, crash]) {
      if (again !== null) log = await again({ config })
      expect(await read(0, 30)).toEqual([{ producerId: 1, firstOffset: 0 }])
      expect(await read(3, 30)).toEqual([{ producerId: 1, firstOffset: 0 }])
      expect(await read(4, 30)).toEqual([])
      expect(await read(8, 30)).toEqual([{ producerId: 1, firstOffset: 8 }])
      expect(await read(15, 30)).toEqual([{ producerId: 1, firstOffset: 8 }])
      expect(await read(29, 30)).toEqual([{ producerId: 1, firstOffset: 8 }])
    }
    const plain = await log.read(0, { maxBytes: 1, offsetEndMax: 30, minOneBatch: true })
    expect(plain).toMatchObject({ abortedTransactions: null })
  })

  test('a plain batch within a transaction is refused, so is a marker of a coordinator that was replaced', async () => {
    const log = await open()
    log.append(numbered(1, 0, { transactional: true }), EPOCH)
    expect(log.append(numbered(1, 1), EPOCH)).toEqual(refused('invalidTxnState'))
    log.append(marker(1, true, 0, 5), BY_COORDINATOR)
    expect(log.append(marker(1, true, 0, 4), BY_COORDINATOR)).toEqual(
      refused('transactionCoordinatorFenced'),
    )
    expect(log.append(numbered(1, 1), EPOCH).kind).toBe('appended')
    expect(log.activeProducers()).toEqual([
      {
        producerId: 1,
        producerEpoch: 0,
        lastSequence: 1,
        lastTimestampMs: 1_700_000_000_000,
        coordinatorEpoch: 5,
        currentTxnStartOffset: -1,
      },
    ])
  })

  test('truncation opens a transaction again whose marker it takes', async () => {
    const log = await open()
    log.append(numbered(1, 0, { transactional: true }), EPOCH)
    log.append(marker(1, false), BY_COORDINATOR)
    log.append(batch(), EPOCH)
    log.highWatermark = 3
    expect(log.lastStableOffset).toBe(3)
    await log.truncateTo(1)
    expect([log.firstUnstableOffset, log.lastStableOffset]).toEqual([0, 0])
    const options = {
      maxBytes: 1000,
      offsetEndMax: 1,
      minOneBatch: true,
      abortedTransactions: true,
    }
    expect(await log.read(0, options)).toMatchObject({ abortedTransactions: [] })
  })

  test('a producer with an open transaction is not forgotten', async () => {
    const clock = new MovableClock()
    const log = await open({ clock, producerExpirationMs: 1000 })
    log.append(numbered(1, 0, { transactional: true }), EPOCH)
    await clock.advance(31_000)
    expect(log.activeProducers().length).toBe(1)
  })
})
