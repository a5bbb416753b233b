/** What a start makes of what a crash, a power cut, a careless hand or rot left behind. */
import { afterEach, describe, expect, test } from 'vitest'
import type { LogConfig } from './config.ts'
import type { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import {
  baseOffsets,
  batch,
  crashCopy,
  EPOCH,
  freshUuid,
  numbered,
  openManager,
  readAll,
  realDisk,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'

const managers: LogManager[] = []
const directories: string[] = []

afterEach(async () => {
  for (const manager of managers.splice(0)) await manager.close()
  for (const path of directories.splice(0)) realDisk.removeTree(path)
})

async function open(path: string, config: LogConfig = SMALL): Promise<PartitionLog> {
  const { manager } = await openManager(path, { config })
  managers.push(manager)
  return manager.get('t', 0) ?? manager.create('t', 0, freshUuid(), config)
}

function directory(): string {
  const path = temporaryDirectory()
  directories.push(path)
  return path
}

function copyOf(path: string): string {
  const copy = crashCopy(path)
  directories.push(copy)
  return copy
}

/** Twelve batches of three records, 125 bytes each, in one segment; the last `unflushed` are above the recovery point. */
async function crashed(
  unflushed: number,
  config: LogConfig = SMALL,
): Promise<{ path: string; bytes: Buffer }> {
  const path = directory()
  const log = await open(path, config)
  for (let i = 0; i < 12 - unflushed; i++)
    log.append(batch({ records: 3, valueBytes: 10, mark: i }), EPOCH)
  const recoveryPoint = log.logEnd
  for (let i = 12 - unflushed; i < 12; i++)
    log.append(batch({ records: 3, valueBytes: 10, mark: i }), EPOCH)
  const copy = copyOf(path)
  realDisk.writeFile(
    `${copy}/recovery-point-offset-checkpoint`,
    Buffer.from(`0\n1\nt 0 ${recoveryPoint}\n`),
  )
  return { path: copy, bytes: realDisk.readFile(`${copy}/t-0/${LOG}`) }
}

const LOG = '00000000000000000000.log'
const INDEX = '00000000000000000000.index'

describe('above the recovery point', () => {
  test('a tail torn at any byte is cut back to the last whole batch, and nothing in front of it changes', async () => {
    const { path, bytes } = await crashed(4)
    const size = bytes.length / 12
    for (let length = 8 * size; length <= bytes.length; length++) {
      const torn = copyOf(path)
      realDisk.writeFile(`${torn}/t-0/${LOG}`, bytes.subarray(0, length))
      const log = await open(torn)
      const { cut } = await log.load()
      const whole = Math.floor(length / size)
      expect(log.logEnd).toBe(whole * 3)
      expect(Buffer.concat(await readAll(log))).toEqual(bytes.subarray(0, whole * size))
      expect(cut?.sizeBytes ?? 0).toBe(length - whole * size)
      expect(realDisk.stat(`${torn}/t-0/${LOG}`)?.sizeBytes).toBe(whole * size)
      // And it goes on from there.
      expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: whole * 3 })
      expect(baseOffsets(await readAll(log)).at(-1)).toBe(whole * 3)
    }
  })

  test('a flipped byte anywhere ends the log in front of its batch, with all that follows', async () => {
    const { path, bytes } = await crashed(4)
    const size = bytes.length / 12
    for (let at = 8 * size; at < bytes.length; at += 7) {
      // The leader epoch is outside the CRC and only recorded: see the next test.
      if (at % size >= 12 && at % size < 16) continue
      const rotten = copyOf(path)
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      realDisk.writeFile(`${rotten}/t-0/${LOG}`, damaged)
      const log = await open(rotten)
      const { cut } = await log.load()
      const whole = Math.floor(at / size)
      // The base offset is outside the CRC too: a larger one looks like a gap, as after compaction, and only that.
      if (at % size < 8 && cut === null) continue
      expect(log.logEnd, `byte ${at}`).toBe(whole * 3)
      expect(cut).toMatchObject({ offset: whole * 3, position: whole * size, segmentBaseOffset: 0 })
    }
  })

  test('zeros behind the data, as preallocation leaves them, are cut', async () => {
    const { path, bytes } = await crashed(4)
    realDisk.writeFile(`${path}/t-0/${LOG}`, Buffer.concat([bytes, Buffer.alloc(5000)]))
    const log = await open(path)
    expect(await log.load()).toMatchObject({
      cut: { offset: 36, sizeBytes: 5000, reason: /zeros/ },
    })
    expect(log.logEnd).toBe(36)
  })

  test('what was cut and dropped is told: bytes, place and reason, and segments behind the cut', async () => {
    const path = directory()
    const log = await open(path, { ...SMALL, segmentBytes: 400 })
    for (let i = 0; i < 12; i++) log.append(batch({ records: 3, valueBytes: 10, mark: i }), EPOCH)
    const copy = copyOf(path)
    const second = `${copy}/t-0/00000000000000000009.log`
    const bytes = realDisk.readFile(second)
    const size = bytes.length / 3
    bytes[size + 70] = 99
    realDisk.writeFile(second, bytes)
    const recovered = await open(copy, { ...SMALL, segmentBytes: 400 })
    const { cut } = await recovered.load()
    expect(cut).toEqual({
      offset: 12,
      segmentBaseOffset: 9,
      position: size,
      sizeBytes: 2 * size + 2 * bytes.length,
      reason: expect.stringContaining('CRC') as string,
    })
    expect(recovered.logEnd).toBe(12)
    expect(realDisk.exists(`${copy}/t-0/00000000000000000018.log`)).toBe(false)
    expect(baseOffsets(await readAll(recovered))).toEqual([0, 3, 6, 9])
  })

  test('a lost end of a segment in front of another one ends the log: no hole in what was never flushed', async () => {
    const path = directory()
    const config = { ...SMALL, segmentBytes: 400 }
    const log = await open(path, config)
    for (let i = 0; i < 12; i++) log.append(batch({ records: 3, valueBytes: 10 }), EPOCH)
    const copy = copyOf(path)
    const first = `${copy}/t-0/${LOG}`
    const bytes = realDisk.readFile(first)
    realDisk.writeFile(first, bytes.subarray(0, (bytes.length / 3) * 2))
    expect((await open(copy, config)).logEnd).toBe(6)
  })

  test('only what is above the recovery point is verified, wherever in a segment that is', async () => {
    for (const unflushed of [0, 1, 5, 12]) {
      const { path, bytes } = await crashed(unflushed)
      const { verifiedBytes, cut } = await (await open(path)).load()
      expect([verifiedBytes, cut]).toEqual([(bytes.length / 12) * unflushed, null])
    }
  })
})

describe('below the recovery point', () => {
  test.each([200, 100_000])(
    'damage is never cut off: the range is refused, what lies before and behind is served, writes go on (index every %i bytes)',
    async (indexIntervalBytes) => {
      const config = { ...SMALL, indexIntervalBytes }
      const { path, bytes } = await crashed(2, config)
      const size = bytes.length / 12
      bytes[5 * size + 16] = 77 // The format of the sixth batch.
      realDisk.writeFile(`${path}/t-0/${LOG}`, bytes)
      if (realDisk.exists(`${path}/t-0/${INDEX}`)) realDisk.removeFile(`${path}/t-0/${INDEX}`)
      const log = await open(path, config)
      const outcome = await log.load()
      expect(outcome.cut).toBeNull()
      expect(outcome.rebuilt.join()).toContain('damaged')
      expect(log.logEnd).toBe(36)
      const options = { maxBytes: 10_000, offsetEndMax: 36, minOneBatch: true }
      expect(await log.read(0, options)).toMatchObject({ kind: 'batches', offsetEnd: 15 })
      expect(await log.read(15, options)).toMatchObject({ kind: 'corrupt', offset: 15 })
      expect(await log.read(18, options)).toMatchObject({ kind: 'batches', offsetEnd: 36 })
      expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 36 })
      await log.flush()
      expect(await log.read(36, { ...options, offsetEndMax: 37 })).toMatchObject({
        kind: 'batches',
        offsetEnd: 37,
      })
    },
  )

  test('a lost end of flushed records is not written over: their offsets stay taken, and whoever asks is told', async () => {
    const { path, bytes } = await crashed(0)
    const size = bytes.length / 12
    realDisk.writeFile(`${path}/t-0/${LOG}`, bytes.subarray(0, 10 * size + 30))
    const log = await open(path)
    await log.load()
    expect(log.logEnd).toBe(36)
    const options = { maxBytes: 10_000, offsetEndMax: 37, minOneBatch: true }
    expect(await log.read(30, options)).toMatchObject({ kind: 'corrupt' })
    expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 36 })
    expect(await log.read(36, options)).toMatchObject({ kind: 'batches', offsetEnd: 37 })
    expect(await log.read(0, options)).toMatchObject({ kind: 'batches', offsetEnd: 30 })
  })
})

describe('derived files are hints', () => {
  /** A closed log of several segments with producers and times that rise and fall. */
  async function closed(): Promise<string> {
    const path = directory()
    const log = await open(path, { ...SMALL, segmentBytes: 1500, indexIntervalBytes: 100 })
    for (let i = 0; i < 40; i++) {
      const timestampMs = 1_700_000_000_000 + ((i * 7) % 40)
      log.append(numbered(1 + (i % 3), Math.floor(i / 3), { timestampMs, mark: i }), {
        leaderEpoch: Math.floor(i / 15),
      })
    }
    await managers.pop()?.close()
    return path
  }

  async function everythingOf(path: string): Promise<unknown> {
    const log = await open(path, { ...SMALL, segmentBytes: 1500, indexIntervalBytes: 100 })
    const batches = await readAll(log, 1)
    const times = []
    for (let ms = 0; ms <= 41; ms++)
      times.push(await log.offsetForTimestamp(1_700_000_000_000 + ms))
    const singles = []
    for (let offset = 0; offset < log.logEnd; offset++) {
      singles.push(
        await log.read(offset, { maxBytes: 1, offsetEndMax: log.logEnd, minOneBatch: true }),
      )
    }
    const producers = log.activeProducers().sort((a, b) => a.producerId - b.producerId)
    const epochs = [0, 1, 2, 3].map((epoch) => log.epochEndOffset(epoch))
    const newest = await log.offsetOfMaxTimestamp()
    return {
      bounds: [log.logStart, log.logEnd],
      batches,
      times,
      singles,
      producers,
      epochs,
      newest,
    }
  }

  const damages: Record<string, (bytes: Buffer) => Buffer | null> = {
    missing: () => null,
    empty: () => Buffer.alloc(0),
    zeros: (bytes) => Buffer.alloc(bytes.length),
    'cut in half': (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
    'one byte short': (bytes) => bytes.subarray(0, -1),
    'all ones': (bytes) => Buffer.alloc(bytes.length, 0xff),
    'a flipped bit in front': (bytes) => flip(bytes, 3),
    'a flipped bit in the middle': (bytes) => flip(bytes, Math.floor(bytes.length / 2)),
    'the last byte flipped': (bytes) => flip(bytes, bytes.length - 1),
    reversed: (bytes) => Buffer.from(bytes.toReversed()),
    'halves swapped': (bytes) => {
      const half = Math.floor(bytes.length / 24) * 12
      return Buffer.concat([bytes.subarray(half), bytes.subarray(0, half)])
    },
    'a stretch of zeros in it': (bytes) =>
      Buffer.from(bytes).fill(0, 8, Math.min(16, bytes.length)),
    'every entry a little too small': (bytes) =>
      Buffer.from(bytes.map((byte, at) => (at % 8 === 3 ? Math.max(byte - 2, 0) : byte))),
    'garbage behind it': (bytes) =>
      Buffer.concat([bytes, Buffer.from('not what belongs here, at all')]),
  }

  function flip(bytes: Buffer, at: number): Buffer {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ 0x04
    return flipped
  }

  test.each(['.index', '.timeindex', '.snapshot', 'leader-epoch-checkpoint'])(
    'whatever happens to every %s, the log says the same',
    async (suffix) => {
      const path = await closed()
      const expected = await everythingOf(copyOf(path))
      for (const [name, damage] of Object.entries(damages)) {
        const copy = copyOf(path)
        for (const file of realDisk.list(`${copy}/t-0`)) {
          if (!file.name.endsWith(suffix)) continue
          const damaged = damage(realDisk.readFile(`${copy}/t-0/${file.name}`))
          if (damaged === null) realDisk.removeFile(`${copy}/t-0/${file.name}`)
          else realDisk.writeFile(`${copy}/t-0/${file.name}`, damaged)
        }
        // An epoch file that is well-formed and wrong cannot be told from a right one.
        if (suffix.startsWith('leader') && name.includes('flipped')) continue
        expect(await everythingOf(copy), name).toEqual(expected)
      }
    },
  )

  test('a checkpoint may be missing, garbage, or as old as it likes', async () => {
    const path = await closed()
    const expected = await everythingOf(copyOf(path))
    const contents = [
      '',
      'garbage',
      '0\n1\nt 0 5\n',
      '0\n1\nt 0 0\n',
      '0\n1\nt 0 999999\n',
      '0\n1\nother 0 5\n',
      '0\n2\nt 0 5\n',
      '\0'.repeat(40),
    ]
    for (const content of contents) {
      for (const marker of [true, false]) {
        const copy = copyOf(path)
        realDisk.writeFile(`${copy}/recovery-point-offset-checkpoint`, Buffer.from(content))
        realDisk.writeFile(`${copy}/replication-offset-checkpoint`, Buffer.from(content))
        if (!marker) realDisk.removeFile(`${copy}/.kafka_cleanshutdown`)
        expect(await everythingOf(copy), `${JSON.stringify(content)} ${marker}`).toEqual(expected)
      }
    }
  })

  test('a mark of a clean stop that does not belong to the log is not believed', async () => {
    const { path, bytes } = await crashed(4)
    realDisk.writeFile(`${path}/.kafka_cleanshutdown`, Buffer.from('{"version":0,"brokerEpoch":1}'))
    realDisk.writeFile(`${path}/t-0/${LOG}`, bytes.subarray(0, bytes.length - 1))
    const log = await open(path)
    expect((await log.load()).cut).not.toBeNull()
    expect(log.logEnd).toBe(33)
  })
})

describe('what Apache Kafka may leave', () => {
  test('indexes preallocated with zeros are read, continued and trimmed', async () => {
    const { path } = await crashed(4)
    for (const name of [INDEX, '00000000000000000000.timeindex']) {
      const entries = realDisk.exists(`${path}/t-0/${name}`)
        ? realDisk.readFile(`${path}/t-0/${name}`)
        : Buffer.alloc(0)
      realDisk.writeFile(
        `${path}/t-0/${name}`,
        Buffer.concat([entries, Buffer.alloc(10_000 - entries.length)]),
      )
    }
    const log = await open(path)
    for (let i = 0; i < 5; i++) log.append(batch({ records: 3, valueBytes: 10 }), EPOCH)
    expect(baseOffsets(await readAll(log, 1)).length).toBe(17)
    await managers.pop()?.close()
    const size = realDisk.stat(`${path}/t-0/${INDEX}`)?.sizeBytes ?? 0
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThan(200)
  })

  test('the leftovers of a compaction: unfinished output goes, finished output takes its place', async () => {
    const path = directory()
    const config = { ...SMALL, segmentBytes: 400, cleanupCompact: true }
    const log = await open(path, config)
    for (let i = 0; i < 12; i++) log.append(batch({ records: 3, valueBytes: 10, mark: i }), EPOCH)
    await managers.pop()?.close()
    const at = (name: string): string => `${path}/t-0/${name}`
    const segment = realDisk.readFile(at(LOG))
    const size = segment.length / 3
    // The first two segments were compacted into one that holds the batches at 0 and 15.
    const second = realDisk.readFile(at('00000000000000000009.log'))
    const compacted = Buffer.concat([segment.subarray(0, size), second.subarray(2 * size)])
    realDisk.writeFile(at(`${LOG}.swap`), compacted)
    realDisk.writeFile(at('00000000000000000018.log.cleaned'), segment)
    realDisk.writeFile(at('00000000000000000018.index.cleaned'), Buffer.alloc(8))
    realDisk.writeFile(at('00000000000000000027.log.deleted'), segment)
    const again = await open(path, config)
    expect(baseOffsets(await readAll(again))).toEqual([0, 15, 18, 21, 24, 27, 30, 33])
    expect(again.logEnd).toBe(36)
    expect(
      realDisk.list(`${path}/t-0`).filter(({ name }) => /swap|cleaned|deleted/.test(name)),
    ).toEqual([])
  })

  test('an index without a log is removed, a log without an index is served', async () => {
    const { path } = await crashed(0)
    realDisk.writeFile(`${path}/t-0/00000000000000000099.index`, Buffer.alloc(8))
    realDisk.removeFile(`${path}/t-0/${INDEX}`)
    const log = await open(path)
    expect((await readAll(log)).length).toBe(12)
    expect(realDisk.exists(`${path}/t-0/00000000000000000099.index`)).toBe(false)
  })
})

test('the log start of the checkpoint holds; a log that ends before it is begun anew there', async () => {
  const { path } = await crashed(0)
  realDisk.writeFile(`${path}/log-start-offset-checkpoint`, Buffer.from('0\n1\nt 0 10\n'))
  const log = await open(copyOf(path))
  expect([log.logStart, log.logEnd]).toEqual([10, 36])
  realDisk.writeFile(`${path}/log-start-offset-checkpoint`, Buffer.from('0\n1\nt 0 100\n'))
  const anew = await open(path)
  expect([anew.logStart, anew.logEnd]).toEqual([100, 100])
  expect(anew.append(batch(), EPOCH)).toMatchObject({ baseOffset: 100 })
})

test('whoever cannot wait for a recovery that runs gets it done at once, and it is done once', async () => {
  const { path } = await crashed(12)
  const log = await open(path)
  const loading = log.load()
  expect(log.logEnd).toBe(36)
  expect(log.append(batch(), EPOCH)).toMatchObject({ baseOffset: 36 })
  expect((await loading).cut).toBeNull()
  expect(log.logEnd).toBe(37)
  expect((await readAll(log)).length).toBe(13)
})
