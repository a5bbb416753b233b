/** A log against a twin that keeps its batches in an array: whatever is done to both, both say the same, before and after every kind of restart. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogConfig } from './config.ts'
import type { LogManager } from './log-manager.ts'
import type { PartitionLog } from './partition-log.ts'
import {
  batch,
  crashCopy,
  freshUuid,
  openManager,
  readAll,
  realDisk,
  SMALL,
  temporaryDirectory,
} from './test-support.ts'

const T0 = 1_700_000_000_000

interface TwinBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestampMs: number
  readonly epoch: number
  readonly bytes: Buffer
}

/** What a log is, without files. */
class Twin {
  batches: TwinBatch[] = []
  logStart = 0
  logEnd = 0

  get visible(): TwinBatch[] {
    return this.batches.filter(({ lastOffset }) => lastOffset >= this.logStart)
  }

  firstAt(timestampMs: number): number | null {
    const found = this.visible.find((one) => one.timestampMs >= timestampMs)
    return found === undefined ? null : Math.max(found.baseOffset, this.logStart)
  }

  epochEnd(epoch: number): number {
    const later = this.batches.find((one) => one.epoch > epoch && one.lastOffset >= this.logStart)
    return later?.baseOffset ?? this.logEnd
  }
}

type Operation =
  | {
      readonly do: 'append'
      readonly records: number
      readonly valueBytes: number
      readonly timeMs: number
    }
  | {
      readonly do: 'follow'
      readonly sizes: readonly number[]
      readonly gap: number
      readonly bumpsEpoch: boolean
    }
  | { readonly do: 'truncate' | 'deleteRecords' | 'readAt'; readonly fraction: number }
  | { readonly do: 'findTime'; readonly timeMs: number }
  | {
      readonly do:
        | 'roll'
        | 'flush'
        | 'newLeader'
        | 'reopen'
        | 'crash'
        | 'dropIndexes'
        | 'restartAhead'
    }
  | { readonly do: 'configure'; readonly segmentBytes: number; readonly indexIntervalBytes: number }

const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      records: fc.integer({ min: 1, max: 5 }),
      valueBytes: fc.integer({ min: 0, max: 400 }),
      timeMs: fc.integer({ min: 0, max: 2000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('follow' as const),
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      gap: fc.constantFrom(0, 0, 0, 3),
      bumpsEpoch: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'truncate' as const,
        'deleteRecords' as const,
        'readAt' as const,
        'readAt' as const,
      ),
      fraction,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('findTime' as const),
      timeMs: fc.integer({ min: -1, max: 2100 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'roll',
        'flush',
        'newLeader',
        'reopen',
        'crash',
        'dropIndexes',
        'restartAhead',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('configure' as const),
      segmentBytes: fc.integer({ min: 2500, max: 8000 }),
      indexIntervalBytes: fc.integer({ min: 0, max: 2000 }),
    }),
  },
)

/** Does the same to a log and its twin. */
class Pair {
  readonly twin = new Twin()
  #path = temporaryDirectory()
  #manager!: LogManager
  #log!: PartitionLog
  // Offsets may have gaps, as after compaction.
  #config: LogConfig = { ...SMALL, cleanupCompact: true, cleanupDelete: false }
  #epoch = 0
  #mark = 0

  async open(): Promise<void> {
    this.#manager = (await openManager(this.#path, { config: this.#config })).manager
    this.#log = this.#manager.get('t', 0) ?? this.#manager.create('t', 0, freshUuid(), this.#config)
  }

  async close(): Promise<void> {
    await this.#manager.close()
    realDisk.removeTree(this.#path)
  }

  async run(operation: Operation): Promise<void> {
    const log = this.#log
    switch (operation.do) {
      case 'append':
        return this.#append(operation.records, operation.valueBytes, operation.timeMs)
      case 'follow':
        return this.#follow(operation.sizes, operation.gap, operation.bumpsEpoch)
      case 'truncate':
        return this.#truncate(operation.fraction)
      case 'deleteRecords':
        return this.#deleteRecords(operation.fraction)
      case 'readAt':
        return this.#readAt(operation.fraction)
      case 'findTime':
        expect((await log.offsetForTimestamp(T0 + operation.timeMs))?.offset ?? null).toBe(
          this.twin.firstAt(T0 + operation.timeMs),
        )
        return
      case 'roll':
        return log.roll()
      case 'flush':
        await log.flush()
        expect(log.durableEnd).toBe(log.logEnd)
        return
      case 'newLeader':
        this.#epoch += 1
        return log.assignEpoch(this.#epoch)
      case 'reopen':
        await this.#manager.close()
        return this.open()
      case 'crash':
        return this.#crash()
      case 'dropIndexes':
        return this.#dropIndexes()
      case 'restartAhead':
        this.twin.batches = []
        this.twin.logStart = this.twin.logEnd = this.twin.logEnd + 7
        return log.truncateFully(this.twin.logEnd)
      case 'configure':
        this.#config = { ...this.#config, ...operation }
        return log.configure(this.#config)
    }
  }

  /** Both say the same of themselves, and hold the same bytes. */
  async check(): Promise<void> {
    const { twin } = this
    const log = this.#log
    expect([log.logStart, log.logEnd]).toEqual([twin.logStart, twin.logEnd])
    expect(Buffer.concat(await readAll(log))).toEqual(
      Buffer.concat(twin.visible.map(({ bytes }) => bytes)),
    )
    for (const { epoch } of twin.visible) {
      expect(log.epochEndOffset(epoch)).toEqual({
        leaderEpoch: epoch,
        endOffset: twin.epochEnd(epoch),
      })
    }
  }

  #append(records: number, valueBytes: number, timeMs: number): void {
    this.#mark = (this.#mark + 1) % 256
    const checked = batch({ records, valueBytes, timestampMs: T0 + timeMs, mark: this.#mark })
    const result = this.#log.append(checked, { leaderEpoch: this.#epoch })
    const baseOffset = this.twin.logEnd
    expect(result).toMatchObject({
      kind: 'appended',
      baseOffset,
      lastOffset: baseOffset + records - 1,
    })
    this.#noteAppended(checked.buffer, baseOffset, records, T0 + timeMs)
  }

  #follow(sizes: readonly number[], gap: number, bumpsEpoch: boolean): void {
    const fetched: Buffer[] = []
    // A leader's epoch begins at its log end: there is no gap in front of its first record.
    const isNewEpoch = this.twin.batches.at(-1)?.epoch !== this.#epoch
    let baseOffset = this.twin.logEnd + (isNewEpoch ? 0 : gap)
    for (const [index, records] of sizes.entries()) {
      this.#mark = (this.#mark + 1) % 256
      if (bumpsEpoch && index === 1) this.#epoch += 1
      const { buffer } = batch({
        records,
        baseOffset,
        leaderEpoch: this.#epoch,
        mark: this.#mark,
        timestampMs: T0 + index,
      })
      fetched.push(buffer)
      this.#noteAppended(buffer, baseOffset, records, T0 + index)
      baseOffset += records
    }
    const result = this.#log.appendFollower(Buffer.concat(fetched))
    expect(result).toMatchObject({ kind: 'appended', lastOffset: baseOffset - 1 })
  }

  #noteAppended(bytes: Buffer, baseOffset: number, records: number, timestampMs: number): void {
    const lastOffset = baseOffset + records - 1
    this.twin.batches.push({
      baseOffset,
      lastOffset,
      timestampMs,
      epoch: this.#epoch,
      bytes: Buffer.from(bytes),
    })
    this.twin.logEnd = lastOffset + 1
  }

  /** At the beginning of a batch, as followers do. */
  async #truncate(fraction: number): Promise<void> {
    const { twin } = this
    const victim = twin.visible[Math.floor(fraction * twin.visible.length)]
    if (victim === undefined || victim.baseOffset <= twin.logStart) return
    await this.#log.truncateTo(victim.baseOffset)
    twin.batches = twin.batches.filter(({ baseOffset }) => baseOffset < victim.baseOffset)
    twin.logEnd = (twin.batches.at(-1)?.lastOffset ?? victim.baseOffset - 1) + 1
  }

  async #deleteRecords(fraction: number): Promise<void> {
    const { twin } = this
    const offset = twin.logStart + Math.floor(fraction * (twin.logEnd - twin.logStart))
    this.#log.highWatermark = twin.logEnd
    expect(await this.#log.deleteRecordsBefore(offset)).toBe(offset)
    twin.logStart = offset
  }

  async #readAt(fraction: number): Promise<void> {
    const { twin } = this
    const offset = twin.logStart + Math.floor(fraction * (twin.logEnd - twin.logStart))
    const expected = twin.visible.find(({ lastOffset }) => lastOffset >= offset)
    const options = { maxBytes: 1, offsetEndMax: twin.logEnd, minOneBatch: true }
    const result = await this.#log.read(offset, options)
    expect(result).toMatchObject({ kind: 'batches', buffer: expected?.bytes ?? Buffer.alloc(0) })
  }

  /** The process dies: what it wrote is in the page cache, nothing was closed. */
  async #crash(): Promise<void> {
    const copy = crashCopy(this.#path)
    await this.close()
    this.#path = copy
    await this.open()
  }

  async #dropIndexes(): Promise<void> {
    await this.#manager.close()
    const partition = `${this.#path}/t-0`
    for (const { name } of realDisk.list(partition)) {
      if (/\.(index|timeindex|snapshot)$|^leader-epoch/.test(name))
        realDisk.removeFile(`${partition}/${name}`)
    }
    await this.open()
  }
}

test('a log does what its twin does, over every kind of restart', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), async (operations) => {
      const pair = new Pair()
      await pair.open()
      try {
        for (const operation of operations) {
          await pair.run(operation)
          if (operation.do !== 'append') await pair.check()
        }
        await pair.check()
      } finally {
        await pair.close()
      }
    }),
    { numRuns: 150 },
  )
})
