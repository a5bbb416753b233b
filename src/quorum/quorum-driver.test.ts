import { describe, expect, it } from 'vitest'
import type { Machine } from '../../sim/index.ts'
import { Prng } from '../base/index.ts'
import { LogError } from '../log/index.ts'
import { isControl, readControlRecord, readRecords } from '../records/index.ts'
import { QuorumError } from './error.ts'
import { FakeLog } from './fake-log.conformance.ts'
import { METADATA_BATCH_SIZE_MAX } from './metadata-batch.ts'
import type { QuorumOptions } from './quorum-options.ts'
import { QUORUM_STATE_FILE } from './quorum-state.ts'
import {
  ENDPOINT,
  formatted,
  marked,
  marksOf,
  METADATA_DIR,
  start,
} from './quorum-harness.conformance.ts'
import type { Node } from './quorum-harness.conformance.ts'

interface Setup {
  readonly machine: Machine
  readonly directoryId: string
  readonly log: FakeLog
  run<T>(promise: Promise<T>): Promise<T>
  start(log?: FakeLog, options?: Partial<QuorumOptions>): Promise<Node>
}

async function setup(standalone = true): Promise<Setup> {
  const { machine, directoryId } = await formatted(1, standalone ? {} : { standalone: null })
  machine.process('dir').io.disk.makeDirectory(METADATA_DIR)
  const { world } = machine
  const log = new FakeLog(METADATA_DIR)
  const run = <T>(promise: Promise<T>): Promise<T> => world.settle(promise)
  return {
    machine,
    directoryId,
    log,
    run,
    start: (own = log, options = {}) =>
      run(start(machine.process('node'), own, { directoryId, ...options })),
  }
}

function controlTypesOf(log: FakeLog): number[] {
  return log.batches.flatMap(({ buffer, header }) =>
    isControl(header)
      ? readRecords(buffer, readHeaderAtStart(header)).map((r) => readControlRecord(r).type)
      : [],
  )
}

function readHeaderAtStart<T extends { readonly position: number }>(header: T): T {
  return { ...header, position: 0 }
}

function quorumStateOf({ machine }: Setup): unknown {
  const text = machine.process('look').io.disk.readFile(`${METADATA_DIR}/${QUORUM_STATE_FILE}`)
  return JSON.parse(text.toString('utf8'))
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  return error instanceof QuorumError ? error.code : `no QuorumError: ${String(error)}`
}

describe('the first start', () => {
  it('leads epoch 1 and begins the log with LeaderChange, KRaftVersion and KRaftVoters', async () => {
    const node = await setup()
    const { quorum } = await node.start()
    expect(controlTypesOf(node.log)).toEqual([2, 5, 6])
    expect(node.log.batches[0]?.header).toMatchObject({ baseOffset: 0, leaderEpoch: 1 })
    expect(quorum).toMatchObject({ epoch: 1, leaderId: 1, highWatermark: 3, nextOffset: 3 })
    expect(quorum.voters).toMatchObject([{ id: 1, directoryId: node.directoryId }])
    expect(quorumStateOf(node)).toMatchObject({ leaderId: 1, leaderEpoch: 1, data_version: 1 })
  })

  it('with static voters writes no voter set and the old quorum-state', async () => {
    const node = await setup(false)
    const voter = { id: 1, directoryId: 'AAAAAAAAAAAAAAAAAAAAAA', endpoints: [ENDPOINT] }
    const staticVoters = [{ ...voter, kraftVersionMin: 0, kraftVersionMax: 1 }]
    await node.start(node.log, { staticVoters })
    expect(controlTypesOf(node.log)).toEqual([2])
    expect(quorumStateOf(node)).toMatchObject({ currentVoters: [{ voterId: 1 }], data_version: 0 })
  })

  it('refuses a node that cannot lead', async () => {
    const node = await setup()
    const bare = await setup(false)
    const other = { directoryId: 'QQQQQQQQQQQQQQQQQQQQQQ' }
    expect(await codeOf(node.start(node.log, other))).toBe('NOT_VOTER')
    expect(await codeOf(bare.start())).toBe('NO_VOTERS')
    expect(node.log.batches).toEqual([])
  })
})

describe('proposals', () => {
  it('are answered when they are on disk and the listener has them, not before', async () => {
    const node = await setup()
    const { quorum, listener } = await node.start()
    node.log.flushesAtOnce = false
    let isAnswered = false
    const answer = quorum.propose([marked('a'), marked('b')]).then((appended) => {
      isAnswered = true
      expect(marksOf(listener.records)).toEqual(['a', 'b'])
      return appended
    })
    expect(quorum.nextOffset).toBe(5)
    await node.machine.world.run({ forMs: 10 })
    expect(isAnswered).toBe(false)
    expect(quorum.highWatermark).toBe(3)
    node.log.flushNow()
    expect(await node.run(answer)).toEqual({ baseOffset: 3, offsetEnd: 5, epoch: 1 })
    expect(quorum.highWatermark).toBe(5)
    expect(node.log.highWatermark).toBe(5)
  })

  it('reach the listener in order, each batch as one', async () => {
    const node = await setup()
    const { quorum, listener } = await node.start()
    node.log.flushesAtOnce = false
    const answers = ['a', 'b', 'c'].map((name) => quorum.propose([marked(name)]))
    node.log.flushNow()
    await node.run(Promise.all(answers))
    expect(marksOf(listener.records)).toEqual(['a', 'b', 'c'])
    expect(listener.batches.map(({ offsetLast }) => offsetLast)).toEqual([2, 3, 4, 5])
  })

  it('are not forgotten when they commit at the very end of a delivery', async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const node = await setup()
      const { quorum } = await node.start()
      node.log.flushesAtOnce = false
      quorum.append([marked('a')])
      node.log.flushNow()
      const second = quorum.propose([marked('b')])
      await quorum.whenCommitted(4)
      for (let i = 0; i < microtasks; i++) await Promise.resolve()
      node.log.flushNow()
      expect(await node.run(second)).toMatchObject({ baseOffset: 4 })
    }
  })

  it('too large for a batch are refused alone', async () => {
    const node = await setup()
    const { quorum } = await node.start()
    const count = METADATA_BATCH_SIZE_MAX / 32_000 + 1
    const large = Array.from({ length: count }, (_, i) => marked(`m${i}`, 32_000))
    expect(await codeOf(quorum.propose(large))).toBe('TOO_LARGE')
    expect(await node.run(quorum.propose([marked('a')]))).toMatchObject({ baseOffset: 3 })
  })

  it('find a full disk, and go on when there is space again', async () => {
    const node = await setup()
    const { quorum, failures } = await node.start()
    node.log.appendError = new LogError('NO_SPACE', 'full')
    expect(await codeOf(quorum.propose([marked('a')]))).toBe('NO_SPACE')
    node.log.appendError = null
    expect(await node.run(quorum.propose([marked('b')]))).toMatchObject({ baseOffset: 3 })
    expect(failures).toEqual([])
  })
})

describe('a failing metadata log dir', () => {
  it('ends everything at a failed append, once', async () => {
    const node = await setup()
    const { quorum, failures } = await node.start()
    node.log.appendError = new LogError('FAILED', 'EIO')
    expect(await codeOf(quorum.propose([marked('a')]))).toBe('LOG_DIR_FAILED')
    node.log.appendError = null
    expect(await codeOf(quorum.propose([marked('b')]))).toBe('LOG_DIR_FAILED')
    expect(await codeOf(quorum.whenCommitted())).toBe('LOG_DIR_FAILED')
    expect(failures).toEqual(['LOG_DIR_FAILED'])
    expect(quorum.leaderId).toBeNull()
  })

  it('acknowledges nothing after a failed flush', async () => {
    const node = await setup()
    const { quorum, listener, failures } = await node.start()
    node.log.flushesAtOnce = false
    const answers = [quorum.propose([marked('a')]), quorum.propose([marked('b')])].map(codeOf)
    node.log.flushError = new LogError('FAILED', 'EIO')
    node.log.flushNow()
    expect(await node.run(Promise.all(answers))).toEqual(['LOG_DIR_FAILED', 'LOG_DIR_FAILED'])
    expect(marksOf(listener.records)).toEqual([])
    expect(quorum.highWatermark).toBe(3)
    expect(failures).toEqual(['LOG_DIR_FAILED'])
  })

  it('fails the start without a call to anybody', async () => {
    const node = await setup()
    node.log.flushError = new LogError('FAILED', 'EIO')
    expect(await codeOf(node.start())).toBe('LOG_DIR_FAILED')
  })

  it('stops at a record that cannot be followed', async () => {
    const node = await setup()
    const { quorum, failures } = await node.start()
    const unknownType = Buffer.from([1, 99, 0])
    expect(await codeOf(node.run(quorum.propose([unknownType])))).toBe('DAMAGED')
    expect(failures).toEqual(['DAMAGED'])
  })
})

describe('a restart', () => {
  it('leads a higher epoch, keeps offsets, and repeats everything committed', async () => {
    const node = await setup()
    const first = await node.start()
    await node.run(first.quorum.propose([marked('a')]))
    const second = await node.start(node.log.crash())
    expect(second.quorum).toMatchObject({ epoch: 2, highWatermark: 5 })
    expect(marksOf(second.listener.records)).toEqual(['a'])
    expect(second.listener.batches.map(({ epoch }) => epoch)).toEqual([1, 1, 2])
  })

  it('writes the voter set only once', async () => {
    const node = await setup()
    await node.start()
    const log = node.log.crash()
    await node.start(log)
    expect(controlTypesOf(log)).toEqual([2, 5, 6, 2])
    const moved = log.crash()
    await node.start(moved, { endpoints: [{ ...ENDPOINT, port: 1 }] })
    expect(controlTypesOf(moved)).toEqual([2, 5, 6, 2, 2, 5, 6])
  })

  it('raises the epoch even when the log has lost every record of the last one', async () => {
    const node = await setup()
    node.log.flushesAtOnce = false
    const { machine, log, directoryId } = node
    start(machine.process('node'), log, { directoryId }).catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    await machine.world.run({ forMs: 100 })
    expect(log.logEnd).toBe(3)
    const second = await node.start(node.log.crash())
    expect(second.quorum.epoch).toBe(2)
  })

  it('refuses to go on without its memory of elections', async () => {
    const node = await setup()
    await node.start()
    node.machine
      .process('edit')
      .io.disk.writeFile(`${METADATA_DIR}/${QUORUM_STATE_FILE}`, Buffer.from('{"leaderId":1'))
    expect(await codeOf(node.start(node.log.crash()))).toBe('DAMAGED')
  })

  it('loses nothing acknowledged and repeats in order, whatever a crash leaves', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const prng = new Prng(seed)
      const node = await setup()
      let { log } = node
      const proposed: string[] = []
      const acknowledged = new Set<string>()
      let epoch = 0
      for (let life = 0; life < 5; life++) {
        log.flushesAtOnce = true
        const { quorum, listener } = await node.start(log)
        expect(quorum.epoch).toBeGreaterThan(epoch)
        epoch = quorum.epoch
        const replayed = marksOf(listener.records)
        for (const mark of acknowledged) expect(replayed).toContain(mark)
        expect(replayed).toEqual(proposed.filter((mark) => replayed.includes(mark)))
        log.flushesAtOnce = false
        for (let i = prng.int(0, 8); i > 0; i--) {
          const mark = `m${proposed.length}`
          proposed.push(mark)
          quorum.propose([marked(mark)]).then(
            () => acknowledged.add(mark),
            () => undefined,
          )
          if (prng.chance(0.4)) log.flushNow()
          if (prng.chance(0.5)) await node.machine.world.run({ forMs: 1 })
        }
        await node.machine.world.run({ forMs: 1 })
        log = log.crash(prng.int(0, 3))
      }
    }
  })
})

describe('close', () => {
  it('ends what waits and needs no more of the log', async () => {
    const node = await setup()
    const { quorum, failures } = await node.start()
    node.log.flushesAtOnce = false
    const answer = codeOf(quorum.propose([marked('a')]))
    await node.run(quorum.close())
    expect(await answer).toBe('CLOSED')
    node.log.flushNow()
    await node.machine.world.run({ forMs: 10 })
    expect(await codeOf(quorum.propose([marked('b')]))).toBe('CLOSED')
    expect(failures).toEqual([])
  })
})
