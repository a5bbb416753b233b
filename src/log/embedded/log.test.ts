/** The embedded log: what a program may rely on. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LogError } from '../errors.ts'
import {
  crashCopy,
  FaultyDisk,
  MovableClock,
  realDisk,
  realIo,
  temporaryDirectory,
} from '../test-support.ts'
import type { Log, LogEvent, LogRecord, OpenLogOptions } from './index.ts'
import { openLog } from './index.ts'

let path = ''
let log: Log
const opened: Log[] = []
const paths: string[] = []

async function open(at = path, options: OpenLogOptions = {}): Promise<Log> {
  log = await openLog(at, options)
  opened.push(log)
  return log
}

beforeEach(() => {
  path = temporaryDirectory()
  paths.push(path)
})

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close().catch(() => undefined)
  for (const each of paths.splice(0)) realDisk.removeTree(each)
})

/** The values from `offset` on, as text. */
async function values(of = log, offset = of.start): Promise<string[]> {
  const found: string[] = []
  for await (const record of of.iterate(offset)) found.push(text(record))
  return found
}

function text(record: LogRecord): string {
  return record.value?.toString() ?? '(none)'
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    expect(error).toBeInstanceOf(LogError)
    return (error as LogError).code
  }
  return 'nothing was thrown'
}

/** What `kill -9` would leave. */
async function afterCrash(options: OpenLogOptions = {}): Promise<Log> {
  const copy = crashCopy(path)
  paths.push(copy)
  return open(copy, options)
}

describe('append', () => {
  test('gives offsets at once, without gaps', async () => {
    await open()
    expect(log.append('a')).toMatchObject({ offset: 0, offsetEnd: 1 })
    expect(log.appendAll(['b', 'c'])).toMatchObject({ offset: 1, offsetEnd: 3 })
    expect([log.start, log.end]).toEqual([0, 3])
    expect(await values()).toEqual(['a', 'b', 'c'])
  })

  test('keeps keys, headers, times, bytes and what is missing', async () => {
    await open()
    const value = new Uint8Array([0, 255, 7]).subarray(1)
    const headers = [
      { key: 'h', value: 'x' },
      { key: 'h', value: null },
    ]
    log.append({ key: 'k', value, headers, timestampMs: 1_700_000_000_123 })
    log.append({ value: null })
    const [first, second] = await log.read(0)
    expect(first).toMatchObject({ offset: 0, timestampMs: 1_700_000_000_123 })
    expect(first?.key?.toString()).toBe('k')
    expect([...(first?.value ?? [])]).toEqual([255, 7])
    expect(first?.headers.map((h) => [h.key, h.value?.toString() ?? null])).toEqual([
      ['h', 'x'],
      ['h', null],
    ])
    const clockMs = realIo.clock.wallMs()
    expect(second).toMatchObject({ key: null, value: null })
    expect(Math.abs((second?.timestampMs ?? 0) - clockMs)).toBeLessThan(60_000)
  })

  test('durable moves the durable end; nobody who does not ask for it pays for a flush', async () => {
    let syncs = 0
    const faults = new FaultyDisk()
    faults.fault = (action, file) => {
      if (action === 'sync' && file.endsWith('.log')) syncs += 1
      return null
    }
    await open(path, { io: { ...realIo, disk: faults.disk, clock: new MovableClock() } })
    log.append('a')
    const { durable } = log.append('b')
    const before = syncs
    await durable
    expect([before, syncs, log.durableEnd]).toEqual([0, 1, 2])
    log.append('c')
    expect(log.durableEnd).toBe(2)
    await log.flush()
    expect(log.durableEnd).toBe(3)
  })

  test('those who wait at the same time share flushes', async () => {
    let syncs = 0
    const faults = new FaultyDisk()
    faults.fault = (action) => {
      if (action === 'sync') syncs += 1
      return null
    }
    await open(path, { io: { ...realIo, disk: faults.disk } })
    await log.append('first').durable
    const before = syncs
    await Promise.all(Array.from({ length: 64 }, (_, i) => log.append(`${i}`).durable))
    expect(syncs - before).toBeLessThanOrEqual(2)
  })

  test.each([
    ['nothing', [], 'INVALID'],
    ['a number', [1], 'INVALID'],
    ['undefined', [undefined], 'INVALID'],
    ['a value that is a number', [{ value: 1 }], 'INVALID'],
    ['a time that is none', [{ value: 'x', timestampMs: -1 }], 'INVALID'],
    ['more than batchBytesMax', ['x'.repeat(70_000)], 'TOO_LARGE'],
  ])('refuses %s, and nothing is appended', async (_, records, code) => {
    await open(path, { batchBytesMax: 65_536 })
    expect(await codeOf(() => log.appendAll(records as string[]))).toBe(code)
    expect(log.end).toBe(0)
  })

  test.each(['gzip', 'zstd', 'lz4', 'snappy'] as const)(
    'compresses with %s',
    async (compression) => {
      await open(path, { compression })
      log.append('x'.repeat(100_000))
      expect(log.stats().sizeBytes).toBeLessThan(10_000)
      expect((await values())[0]).toHaveLength(100_000)
    },
  )
})

describe('opening', () => {
  test('a second opener is refused, until the first one closes', async () => {
    await open()
    log.append('a')
    expect(await codeOf(() => openLog(path))).toBe('LOCKED')
    await log.close()
    await open()
    expect(await values()).toEqual(['a'])
    expect(log.recovery).toMatchObject({ clean: true, cut: null })
  })

  test.each([
    { segmentBytes: 0 },
    { segmentBytes: 2 ** 31 },
    { retentionMs: -1 },
    { batchBytesMax: Number.NaN },
    { flushMs: 0 },
    { segmentMs: '1' as unknown as number },
  ])('refuses %o', async (options) => {
    expect(await codeOf(() => openLog(path, options))).toBe('INVALID')
    expect(await codeOf(() => openLog(''))).toBe('INVALID')
  })

  test("a broker's directory is not taken", async () => {
    realDisk.writeFile(
      `${path}/meta.properties`,
      Buffer.from('version=1\ncluster.id=x\nnode.id=1\n'),
    )
    expect(await codeOf(() => openLog(path))).toBe('WRONG_IDENTITY')
  })

  test('after a crash the records are there, and recovery says what it did', async () => {
    await open()
    log.append('a')
    log.append('b')
    await afterCrash()
    expect(log.recovery).toMatchObject({ clean: false, cut: null })
    expect(log.recovery.verifiedBytes).toBeGreaterThan(0)
    expect(await values()).toEqual(['a', 'b'])
  })

  test('a torn end is cut, and recovery says how much and why', async () => {
    await open()
    log.append('a')
    await log.close()
    await open()
    const position = log.stats().sizeBytes
    log.append('b'.repeat(1000))
    const copy = crashCopy(path)
    paths.push(copy)
    const file = realDisk.open(`${copy}/log-0/00000000000000000000.log`, 'write')
    file.truncate(position + 500)
    file.close()
    const events: LogEvent[] = []
    await open(copy, { onEvent: (event) => events.push(event) })
    expect(log.recovery.cut).toMatchObject({ offset: 1, position, sizeBytes: 500 })
    expect(log.recovery.cut?.reason).toContain('only 500 follow')
    expect(events.map(({ event }) => event)).toContain('log.cut')
    expect(await values()).toEqual(['a'])
    expect(log.append('again').offset).toBe(1)
  })
})

describe('reading', () => {
  test('from any offset, in chunks of at least one batch', async () => {
    await open(path, { segmentBytes: 2048 })
    for (let i = 0; i < 100; i++) log.appendAll([`a${i}`, `b${i}`])
    const all = Array.from({ length: 100 }, (_, i) => [`a${i}`, `b${i}`]).flat()
    for (const offset of [0, 1, 77, 198, 199]) {
      expect(await values(log, offset)).toEqual(all.slice(offset))
      const chunk = await log.read(offset, { maxBytes: 1 })
      expect(chunk[0]?.offset).toBe(offset)
      expect(chunk.length).toBeLessThanOrEqual(2)
    }
    expect(await log.read(200)).toEqual([])
    const some: string[] = []
    for await (const record of log.iterate(3, { offsetEnd: 6 })) some.push(text(record))
    expect(some).toEqual(['b1', 'a2', 'b2'])
    for (const offset of [-1, 201, 0.5, Number.NaN]) {
      expect(await codeOf(() => log.read(offset))).toBe('OUT_OF_RANGE')
    }
  })

  test('reads on only when records are taken', async () => {
    let reads = 0
    const faults = new FaultyDisk()
    faults.fault = (action, file) => {
      if (action === 'read' && file.endsWith('.log')) reads += 1
      return null
    }
    await open(path, { io: { ...realIo, disk: faults.disk } })
    for (let i = 0; i < 50; i++) log.append('x'.repeat(1000))
    const reader = log.iterate(0, { maxBytes: 3000 })
    await reader.next()
    const after = reads
    await new Promise((resolve) => realIo.clock.after(20, () => resolve(null)))
    expect(reads).toBe(after)
    expect(after).toBeLessThanOrEqual(2)
    await reader.return()
  })

  test('iterate ends where the log ended when it began', async () => {
    await open()
    log.append('a')
    const found: string[] = []
    for await (const record of log.iterate()) {
      found.push(text(record))
      if (found.length < 10) log.append('more')
    }
    expect(found).toEqual(['a'])
  })

  test('damage is never handed out: it throws, or is told and passed over', async () => {
    await open(path, { segmentBytes: 64 * 1024 })
    for (let i = 0; i < 200; i++) log.append(`value ${i} ${'.'.repeat(100)}`)
    await log.close()
    const segment = `${path}/log-0/00000000000000000000.log`
    const bytes = realDisk.readFile(segment)
    const at = bytes.indexOf('value 57 ')
    for (const flip of [at, at - 40, at - 60]) {
      const damaged = Buffer.from(bytes)
      damaged[flip] = (damaged[flip] as number) ^ 0x10
      realDisk.writeFile(segment, damaged)
      await open()
      expect(await codeOf(() => values())).toBe('CORRUPT')
      expect(await codeOf(() => log.read(57))).toBe('CORRUPT')
      const ranges: [number, number][] = []
      const offsets: number[] = []
      const onDamage = (range: { offset: number; offsetEnd: number }): void =>
        void ranges.push([range.offset, range.offsetEnd])
      for await (const record of log.iterate(0, { onDamage })) {
        expect(text(record)).toContain(`value ${record.offset} `)
        offsets.push(record.offset)
      }
      expect(ranges[0]?.[0]).toBe(57)
      const lost = ranges.reduce((sum, [from, end]) => sum + end - from, 0)
      expect(offsets.length + lost).toBe(200)
      // The index entries of a segment are about 4 KiB apart: damage to a header may hide what follows up to the next one.
      expect(lost).toBeLessThan(60)
      await log.close()
    }
  })
})

describe('tail', () => {
  test('gives what is there, then what is appended, until the signal', async () => {
    await open()
    log.append('a')
    const stop = new AbortController()
    const found: string[] = []
    const reading = (async () => {
      for await (const record of log.tail(0, { signal: stop.signal })) {
        found.push(text(record))
        if (found.length === 3) stop.abort()
      }
    })()
    await soon()
    expect(found).toEqual(['a'])
    log.append('b')
    await soon()
    log.append('c')
    log.append('d')
    await reading
    expect(found).toEqual(['a', 'b', 'c'])
  })

  test('ends when the log is closed, and throws when it fails', async () => {
    const faults = new FaultyDisk()
    await open(path, { io: { ...realIo, disk: faults.disk } })
    const ended = (async () => {
      for await (const _ of log.tail()) throw new Error('there is nothing')
    })()
    await soon()
    await log.close()
    await ended
    await open(path, { io: { ...realIo, disk: faults.disk } })
    const reading = codeOf(async () => {
      for await (const _ of log.tail()) continue
    })
    await soon()
    faults.fault = (action) => (action === 'sync' ? 'IO' : null)
    expect(await codeOf(() => log.append('a').durable)).toBe('FAILED')
    expect(await reading).toBe('FAILED')
  })

  test('durable: gives out nothing that a power cut could take', async () => {
    await open()
    const stop = new AbortController()
    const seen: number[] = []
    const reading = (async () => {
      for await (const record of log.tail(0, { durable: true, signal: stop.signal })) {
        expect(log.durableEnd).toBeGreaterThan(record.offset)
        seen.push(record.offset)
        if (seen.length === 20) stop.abort()
      }
    })()
    for (let i = 0; i < 20; i++) {
      log.append(`${i}`)
      if (i % 5 === 0) await soon()
    }
    await reading
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  test('throws when the front or the end was truncated past it', async () => {
    await open()
    for (let i = 0; i < 5; i++) log.append(`${i}`)
    const late = log.tail(1)
    await log.truncateBefore(3)
    expect(await codeOf(() => late.next())).toBe('OUT_OF_RANGE')
    const reader = log.tail(5)
    const next = codeOf(() => reader.next())
    await soon()
    await log.truncateFrom(4)
    expect(await next).toBe('OUT_OF_RANGE')
  })
})

describe('truncation', () => {
  test('at the front holds across a restart, also within a segment', async () => {
    await open()
    for (let i = 0; i < 10; i++) log.append(`${i}`)
    expect(await log.truncateBefore(4)).toBe(4)
    expect(await codeOf(() => log.read(3))).toBe('OUT_OF_RANGE')
    expect(await codeOf(() => log.truncateBefore(11))).toBe('OUT_OF_RANGE')
    await afterCrash()
    expect(await values()).toEqual(['4', '5', '6', '7', '8', '9'])
  })

  test('at the end gives the offsets anew', async () => {
    await open()
    for (let i = 0; i < 10; i++) log.append(`${i}`)
    const doomed = log.append('doomed')
    await log.truncateFrom(7)
    expect(log.append('new').offset).toBe(7)
    for (let i = 0; i < 10; i++) log.append('x')
    // Another record has its offset now: that one's flush says nothing about it.
    expect(await codeOf(() => doomed.durable)).toBe('TRUNCATED')
    await afterCrash()
    expect((await values()).slice(0, 8)).toEqual(['0', '1', '2', '3', '4', '5', '6', 'new'])
  })

  test('never parts what was appended together', async () => {
    await open()
    log.appendAll(['a', 'b', 'c'])
    log.append('d')
    expect(await codeOf(() => log.truncateFrom(1))).toBe('INSIDE_BATCH')
    expect(await values()).toEqual(['a', 'b', 'c', 'd'])
    await log.truncateBefore(2)
    await log.truncateFrom(2)
    expect([log.start, log.end]).toEqual([2, 2])
    expect(log.append('e').offset).toBe(2)
    expect(await values()).toEqual(['e'])
  })

  test('nothing is appended meanwhile', async () => {
    await open()
    log.append('a')
    const work = log.truncateFrom(0)
    expect(await codeOf(() => log.append('b'))).toBe('BUSY')
    await work
    expect(log.append('b').offset).toBe(0)
  })
})

describe('segments', () => {
  test('roll, and retention by size and by age', async () => {
    const clock = new MovableClock()
    const options = { io: { ...realIo, clock }, retentionMs: 60_000, retentionBytes: 50_000 }
    await open(path, options)
    for (let i = 0; i < 10; i++) {
      log.append('x'.repeat(10_000))
      log.roll()
    }
    expect(log.stats().segments).toBe(11)
    await log.retain()
    expect(log.start).toBe(5)
    await clock.advance(120_000)
    await log.retain()
    expect([log.start, log.end]).toEqual([10, 10])
  })

  test('retention happens by itself', async () => {
    const clock = new MovableClock()
    await open(path, { io: { ...realIo, clock }, retentionMs: 1000, retentionCheckMs: 500 })
    log.append('old')
    await clock.advance(10_000)
    await clock.advance(10_000)
    expect(log.start).toBe(1)
  })
})

describe('snapshots', () => {
  const state = (of: Log, data: string): { offset: number; data: Buffer } => ({
    offset: of.end,
    data: Buffer.from(data),
  })

  test('are found again, with what the log has behind them', async () => {
    await open()
    for (let i = 0; i < 5; i++) log.append(`${i}`)
    expect(log.loadSnapshot()).toBeNull()
    await log.saveSnapshot(state(log, 'five'), { truncate: true })
    log.append('5')
    await afterCrash()
    const found = log.loadSnapshot()
    expect([found?.offset, found?.data.toString()]).toEqual([5, 'five'])
    expect(await values()).toEqual(['5'])
  })

  test('a damaged one is passed over for the one before, as long as the log reaches back', async () => {
    await open()
    log.append('0')
    await log.saveSnapshot(state(log, 'one'))
    log.append('1')
    await log.saveSnapshot(state(log, 'two'))
    log.append('2')
    await log.saveSnapshot(state(log, 'three'))
    const names = realDisk.list(path).filter(({ name }) => name.startsWith('snapshot-'))
    expect(names).toHaveLength(2)
    const newest = `${path}/snapshot-00000000000000000003`
    for (const at of [0, 9, 15, 25, 30]) {
      const bytes = realDisk.readFile(newest)
      bytes[at] = (bytes[at] as number) ^ 1
      realDisk.writeFile(newest, bytes)
      await afterCrash()
      expect(log.loadSnapshot()?.offset).toBe(2)
      bytes[at] ^= 1
      realDisk.writeFile(newest, bytes)
    }
    await (opened[0] as Log).truncateBefore(3)
    realDisk.writeFile(newest, Buffer.from('torn'))
    await afterCrash()
    expect(await codeOf(() => log.loadSnapshot())).toBe('CORRUPT')
  })

  test('of what was truncated away are gone', async () => {
    await open()
    for (let i = 0; i < 4; i++) log.append(`${i}`)
    await log.saveSnapshot(state(log, 'four'))
    await log.truncateFrom(2)
    log.appendAll(['a', 'b', 'c'])
    expect(log.loadSnapshot()).toBeNull()
    await afterCrash()
    expect(log.loadSnapshot()).toBeNull()
  })

  test('the hook is asked when enough was appended, and what it covers is removed', async () => {
    let count = 0
    const take = (): { offset: number; data: Buffer } => ({
      offset: log.end,
      data: Buffer.from(String((count += 1))),
    })
    await open(path, { snapshot: { everyBytes: 10_000, take }, segmentBytes: 4096 })
    for (let i = 0; i < 100; i++) {
      await log.append('x'.repeat(500)).durable
      await soon()
    }
    await log.close()
    expect(count).toBeGreaterThanOrEqual(4)
    expect(count).toBeLessThanOrEqual(7)
    await open()
    expect(log.start).toBeGreaterThan(50)
    expect(log.loadSnapshot()?.data.toString()).toBe(String(count))
  })

  test('one that fails leaves the log as it was', async () => {
    const faults = new FaultyDisk()
    await open(path, { io: { ...realIo, disk: faults.disk } })
    log.append('a')
    faults.fault = (action, file) => (action === 'sync' && file.includes('snapshot-') ? 'IO' : null)
    expect(await codeOf(() => log.saveSnapshot(state(log, 'x'), { truncate: true }))).toBe(
      'SNAPSHOT_FAILED',
    )
    expect([log.start, log.failure]).toEqual([0, null])
    await log.append('b').durable
  })
})

describe('failure', () => {
  test('after a failed flush nothing is promised any more', async () => {
    const faults = new FaultyDisk()
    await open(path, { io: { ...realIo, disk: faults.disk } })
    await log.append('a').durable
    faults.fault = (action) => (action === 'sync' ? 'IO' : null)
    expect(await codeOf(() => log.append('b').durable)).toBe('FAILED')
    faults.fault = () => null
    expect(await codeOf(() => log.append('c'))).toBe('FAILED')
    expect(await codeOf(() => log.flush())).toBe('FAILED')
    expect(log.stats().failure?.code).toBe('FAILED')
    expect(await codeOf(() => log.close())).toBe('FAILED')
    await open()
    expect((await values())[0]).toBe('a')
  })

  test('a full disk refuses the append and no more', async () => {
    const faults = new FaultyDisk()
    faults.tornWriteBytes = 30
    await open(path, { io: { ...realIo, disk: faults.disk } })
    log.append('a')
    faults.fault = (action) => (action === 'write' ? 'NO_SPACE' : null)
    expect(await codeOf(() => log.append('b'))).toBe('NO_SPACE')
    faults.fault = () => null
    expect(log.append('c').offset).toBe(1)
    expect(await values()).toEqual(['a', 'c'])
  })

  test('a closed log says so', async () => {
    await open()
    const { durable } = log.append('a')
    await durable
    await log.close()
    await log.close()
    for (const work of [
      () => log.append('b'),
      () => log.read(0),
      () => log.flush(),
      () => values(log, 0),
      () => log.saveSnapshot({ offset: 0, data: Buffer.alloc(0) }),
    ]) {
      expect(await codeOf(work)).toBe('CLOSED')
    }
  })
})

function soon(): Promise<void> {
  return new Promise((resolve) => void realIo.clock.after(5, resolve))
}
