import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../protocol/index.ts'
import { buildBatch, buildEndTransactionMarker } from '../../records/index.ts'
import { FakeClock, FakeLog, fakeTelemetry, settle } from './fakes.conformance.ts'
import type { LogLine } from './fakes.conformance.ts'
import { Step } from './machine.ts'
import type { Machine, RequestId } from './machine.ts'
import { Shard } from './shard-driver.ts'
import type { Outcome } from './shard-driver.ts'

const {
  COORDINATOR_LOAD_IN_PROGRESS,
  COORDINATOR_NOT_AVAILABLE,
  KAFKA_STORAGE_ERROR,
  MESSAGE_TOO_LARGE,
  NOT_COORDINATOR,
  NOT_ENOUGH_REPLICAS,
  NOT_LEADER_OR_FOLLOWER,
  UNKNOWN_SERVER_ERROR,
} = errorCodes

/** A machine over a list of words: the plainest state that a log can give. */
interface Words {
  readonly words: string[]
  readonly open: Map<number, string[]>
  readonly followUps: number[]
}

type WordEvent =
  | { kind: 'write'; request: RequestId; words: string[]; isDivisible?: boolean; after?: string }
  | { kind: 'read'; request: RequestId }
  | { kind: 'now'; request: RequestId }
  | { kind: 'park'; request: RequestId }
  | { kind: 'later'; request: RequestId; delayMs: number }
  | { kind: 'due'; request: RequestId }

interface FollowUp {
  /** A word to write once the fate of the others is known. */
  readonly after: string | null
}

const wordMachine: Machine<Words, WordEvent, FollowUp, string> = {
  blank: () => ({ words: [], open: new Map(), followUps: [] }),
  apply(state, { key, transactionalProducerId, offset }) {
    const word = `${offset}:${String(key)}`
    const words = state.open.get(transactionalProducerId) ?? []
    if (transactionalProducerId === -1) state.words.push(word)
    else state.open.set(transactionalProducerId, [...words, word])
  },
  applyMarker(state, { producerId, isCommit }) {
    if (isCommit) state.words.push(...(state.open.get(producerId) ?? []))
    state.open.delete(producerId)
  },
  loaded: () => new Step(),
  decide(state, event) {
    const step = new Step<WordEvent, FollowUp, string>()
    switch (event.kind) {
      case 'write':
        step.isDivisible = event.isDivisible ?? false
        for (const word of event.words) step.append({ key: Buffer.from(word), value: null })
        step.answerWhenCommitted(event.request, 'written')
        step.continueWith({ after: event.after ?? null })
        break
      case 'read':
        step.answerWhenCommitted(event.request, state.words.join(' '))
        break
      case 'now':
        step.answer(event.request, state.words.join(' '))
        break
      case 'later':
        step.schedule('t', event.delayMs, { kind: 'due', request: event.request })
        break
      case 'due':
        step.answer(event.request, 'due')
        break
      case 'park':
        break
    }
    return step
  },
  finish(state, { after }, errorCode) {
    state.followUps.push(errorCode)
    const step = new Step<WordEvent, FollowUp, string>()
    if (after !== null) step.append({ key: Buffer.from(after), value: null })
    return step
  },
}

class Bench {
  readonly clock = new FakeClock()
  readonly log = new FakeLog()
  readonly lines: LogLine[] = []
  readonly shard: Shard<Words, WordEvent, FollowUp, string>

  constructor() {
    this.shard = new Shard(wordMachine, this.log, {
      name: 'words-0',
      epoch: 1,
      commitTimeoutMs: 5_000,
      codec: 'uncompressed',
      clock: this.clock,
      telemetry: fakeTelemetry(this.lines),
    })
  }

  async load(): Promise<this> {
    await this.shard.load()
    return this
  }

  /** The outcome, once there is one. */
  ask(event: (request: RequestId) => WordEvent): { outcome: Outcome<string> | null } {
    const asked: { outcome: Outcome<string> | null } = { outcome: null }
    void this.shard.handle<string>(event).then((outcome) => (asked.outcome = outcome))
    return asked
  }

  async write(...words: string[]): Promise<{ outcome: Outcome<string> | null }> {
    const asked = this.ask((request) => ({ kind: 'write', request, words }))
    await settle()
    return asked
  }

  async read(kind: 'read' | 'now' = 'read'): Promise<{ outcome: Outcome<string> | null }> {
    const asked = this.ask((request) => ({ kind, request }))
    await settle()
    return asked
  }
}

function batchOf(...words: string[]): Buffer {
  return buildBatch(words.map((word) => ({ key: Buffer.from(word), value: null })))
}

const written = { outcome: { ok: true, response: 'written' } }

function failed(errorCode: number): { outcome: Outcome<string> } {
  return { outcome: { ok: false, errorCode } }
}

function told(response: string): { outcome: Outcome<string> } {
  return { outcome: { ok: true, response } }
}

describe('loading', () => {
  it('replays the whole log, in slices', async () => {
    const bench = new Bench()
    for (let i = 0; i < 10; i++) bench.log.preload(batchOf(`a${i}`, `b${i}`))
    await bench.load()
    expect(bench.shard.phase).toBe('active')
    expect(bench.shard.state?.words).toHaveLength(20)
    expect(bench.log.readCount).toBe(5)
  })

  it('gives the loop back while it replays', async () => {
    const bench = new Bench()
    bench.clock.tickMs = 3
    for (let i = 0; i < 20; i++) bench.log.preload(batchOf(`a${i}`))
    await bench.load()
    expect(bench.clock.soonCount).toBeGreaterThan(5)
  })

  it('begins in the middle of a batch where the log does', async () => {
    const bench = new Bench()
    bench.log.preload(batchOf('a', 'b', 'c'))
    bench.log.logStart = 2
    await bench.load()
    expect(bench.shard.state?.words).toEqual(['2:c'])
  })

  it('sends callers away until it is done', async () => {
    const bench = new Bench()
    bench.log.preload(batchOf('a'))
    const loading = bench.load()
    expect(await bench.read()).toEqual(failed(COORDINATOR_LOAD_IN_PROGRESS))
    await loading
    expect(await bench.read()).toEqual(told('0:a'))
  })

  it('knows the ends of transactions', async () => {
    const bench = new Bench()
    const record = (word: string): { key: Buffer; value: null } => ({
      key: Buffer.from(word),
      value: null,
    })
    const of = (producerId: number) => ({
      producerId,
      producerEpoch: 0,
      baseSequence: 0,
      transactional: true,
    })
    const marker = (producerId: number, commit: boolean): Buffer =>
      buildEndTransactionMarker(
        { commit, producerId, producerEpoch: 0, coordinatorEpoch: 0 },
        { timestampMs: 1 },
      )
    bench.log.preload(buildBatch([record('kept')], of(1)))
    bench.log.preload(buildBatch([record('dropped')], of(2)))
    bench.log.preload(batchOf('plain'))
    bench.log.preload(marker(2, false))
    bench.log.preload(marker(1, true))
    await bench.load()
    expect(bench.shard.state).toMatchObject({ words: ['2:plain', '0:kept'], open: new Map() })
  })

  it('takes what the last leader appended for its own, and rests no answer on it before it is committed', async () => {
    const bench = new Bench()
    bench.log.preload(batchOf('a'))
    bench.log.preload(batchOf('b'), false)
    await bench.load()
    expect(await bench.read('now')).toEqual(told('0:a 1:b'))
    const asked = await bench.read()
    expect(asked.outcome).toBeNull()
    await bench.log.commit()
    expect(asked).toEqual(told('0:a 1:b'))
  })

  it('fails when the log cannot be read', async () => {
    const bench = new Bench()
    bench.log.preload(batchOf('a'))
    bench.log.readError = new Error('EIO')
    await bench.load()
    expect(bench.shard.phase).toBe('failed')
    expect(await bench.read()).toEqual(failed(NOT_COORDINATOR))
    expect(bench.lines).toEqual([{ level: 'error', event: 'coordinator.load.failed' }])
  })

  it('fails when the log has less than it claims', async () => {
    const bench = new Bench()
    bench.log.logEnd = 5
    await bench.load()
    expect(bench.shard.phase).toBe('failed')
  })

  it('is stopped by the resignation', async () => {
    const bench = new Bench()
    for (let i = 0; i < 10; i++) bench.log.preload(batchOf(`a${i}`))
    const loading = bench.load()
    bench.shard.resign()
    await loading
    expect(bench.shard.phase).toBe('resigned')
    expect(bench.log.readCount).toBe(1)
  })
})

describe('a request', () => {
  it('is answered when its records are committed', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    const asked = await bench.write('a')
    expect(asked.outcome).toBeNull()
    await bench.log.commit()
    expect(asked).toEqual(written)
    expect(bench.shard.state).toMatchObject({ words: ['0:a'], followUps: [0] })
  })

  it('is decided on what is appended, not only on what is committed', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    await bench.write('a')
    const reading = await bench.read()
    expect(await bench.read('now')).toEqual(told('0:a'))
    expect(reading.outcome).toBeNull()
    await bench.log.commit()
    expect(reading).toEqual(told('0:a'))
  })

  it('does not wait for the one before it: one commit serves many', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    const asked = [await bench.write('a'), await bench.write('b', 'c'), await bench.write('d')]
    await bench.log.commit(3)
    expect(asked.map(({ outcome }) => outcome !== null)).toEqual([true, true, false])
    await bench.log.commit()
    expect(asked[2]).toEqual(written)
    expect(bench.clock.timerCount).toBe(0)
  })

  it('becomes one batch', async () => {
    const bench = await new Bench().load()
    await bench.write('a', 'b', 'c')
    expect(bench.log.batches).toHaveLength(1)
    expect(bench.shard.state?.words).toEqual(['0:a', '1:b', '2:c'])
  })

  it('may become several where its records allow it', async () => {
    const bench = await new Bench().load()
    bench.log.batchBytesMax = 220
    const words = Array.from({ length: 12 }, (_, index) => `word${index}`)
    const asked = bench.ask((request) => ({ kind: 'write', request, words, isDivisible: true }))
    await settle()
    expect(asked).toEqual(written)
    expect(bench.log.batches.length).toBeGreaterThan(3)
    expect(bench.shard.state?.words).toHaveLength(12)
  })

  it('gives up on its commit after a while; the records may still be committed', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    const asked = await bench.write('a')
    await bench.clock.advance(3_000)
    const second = await bench.write('b')
    await bench.clock.advance(2_000)
    expect(asked).toEqual(failed(COORDINATOR_NOT_AVAILABLE))
    expect(second.outcome).toBeNull()
    await bench.log.commit()
    expect(second).toEqual(written)
    expect(await bench.read()).toEqual(told('0:a 1:b'))
    expect(bench.shard.state?.followUps).toEqual([COORDINATOR_NOT_AVAILABLE, 0])
  })

  it('may set timers', async () => {
    const bench = await new Bench().load()
    const asked = bench.ask((request) => ({ kind: 'later', request, delayMs: 100 }))
    await bench.clock.advance(99)
    expect(asked.outcome).toBeNull()
    await bench.clock.advance(1)
    expect(asked).toEqual(told('due'))
  })
})

describe('an append that is refused', () => {
  it.each([
    [NOT_ENOUGH_REPLICAS, COORDINATOR_NOT_AVAILABLE],
    [NOT_LEADER_OR_FOLLOWER, NOT_COORDINATOR],
    [KAFKA_STORAGE_ERROR, NOT_COORDINATOR],
    [MESSAGE_TOO_LARGE, UNKNOWN_SERVER_ERROR],
  ])('with %i tells the client %i, and changes nothing', async (logError, errorCode) => {
    const bench = await new Bench().load()
    await bench.write('a')
    bench.log.appendError = logError
    expect(await bench.write('b')).toEqual(failed(errorCode))
    bench.log.appendError = 0
    expect(await bench.read()).toEqual(told('0:a'))
    expect(bench.shard.state?.followUps).toEqual([0, errorCode])
  })

  it('is one that is larger than the topic allows', async () => {
    const bench = await new Bench().load()
    bench.log.batchBytesMax = 100
    expect(await bench.write('x'.repeat(200))).toEqual(failed(UNKNOWN_SERVER_ERROR))
    expect(bench.log.batches).toEqual([])
  })

  it('does not fail those who wait already', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    const first = await bench.write('a')
    bench.log.appendError = NOT_ENOUGH_REPLICAS
    await bench.write('b')
    await bench.log.commit()
    expect(first).toEqual(written)
  })
})

describe('the end of a leadership', () => {
  it('fails everything that is owed', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    const writing = await bench.write('a')
    const parked = bench.ask((request) => ({ kind: 'park', request }))
    bench.ask((request) => ({ kind: 'later', request, delayMs: 100 }))
    bench.shard.resign()
    await settle()
    expect([writing, parked]).toEqual([failed(NOT_COORDINATOR), failed(NOT_COORDINATOR)])
    expect(await bench.read()).toEqual(failed(NOT_COORDINATOR))
    expect(bench.clock.timerCount).toBe(0)
    await bench.log.commit()
    expect(bench.shard.phase).toBe('resigned')
  })

  it('is not overlooked when a later epoch commits the same offsets', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    const asked = await bench.write('a')
    bench.log.currentEpoch = 2
    await bench.log.commit()
    expect(asked).toEqual(failed(NOT_COORDINATOR))
    expect(bench.shard.phase).toBe('failed')
  })

  it('is seen before anything is decided', async () => {
    const bench = await new Bench().load()
    bench.log.currentEpoch = -1
    expect(await bench.write('a')).toEqual(failed(NOT_COORDINATOR))
    expect(await bench.read('now')).toEqual(failed(NOT_COORDINATOR))
    expect(bench.log.batches).toEqual([])
  })

  it('is seen before a follow-up is written', async () => {
    const bench = await new Bench().load()
    bench.ask((request) => ({ kind: 'write', request, words: ['a'], after: 'b' }))
    await settle()
    expect(bench.shard.state?.words).toEqual(['0:a', '1:b'])
    bench.log.holdsCommits = true
    bench.ask((request) => ({ kind: 'write', request, words: ['c'], after: 'd' }))
    bench.log.currentEpoch = 2
    await bench.clock.advance(5_000)
    expect(bench.log.batches).toHaveLength(3)
  })

  it('may come with the append itself', async () => {
    const bench = await new Bench().load()
    bench.log.onAppend = () => bench.shard.resign()
    bench.log.holdsCommits = true
    bench.log.batchBytesMax = 220
    const words = ['a', 'b', 'c', 'd', 'e', 'f']
    const asked = bench.ask((request) => ({ kind: 'write', request, words, isDivisible: true }))
    await settle()
    expect(asked).toEqual(failed(NOT_COORDINATOR))
    expect(bench.log.batches).toHaveLength(1)
    expect(bench.shard.state).toBeNull()
    await bench.log.lose()
    expect(bench.shard.phase).toBe('resigned')
  })
})

describe('a commit that has become impossible', () => {
  it('fails those who wait, and the state is read anew', async () => {
    const bench = await new Bench().load()
    await bench.write('a')
    bench.log.holdsCommits = true
    const asked = await bench.write('b')
    const parked = bench.ask((request) => ({ kind: 'park', request }))
    await bench.log.lose()
    expect([asked, parked]).toEqual([failed(NOT_COORDINATOR), failed(NOT_COORDINATOR)])
    expect(bench.shard.phase).toBe('active')
    expect(await bench.read()).toEqual(told('0:a'))
  })

  it('ends the shard when the leadership is gone with it', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    await bench.write('a')
    bench.log.currentEpoch = -1
    await bench.log.lose()
    expect(bench.shard.phase).toBe('failed')
  })

  it('may happen again after one that was possible', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    for (let i = 0; i < 3; i++) {
      await bench.write('a')
      await bench.log.lose()
      await bench.write('b')
      await bench.log.commit()
    }
    expect(bench.shard.phase).toBe('active')
    expect(await bench.read()).toEqual(told('0:b 1:b 2:b'))
  })

  it('ends the shard the second time in a row', async () => {
    const bench = await new Bench().load()
    bench.log.holdsCommits = true
    await bench.write('a')
    await bench.log.lose(KAFKA_STORAGE_ERROR)
    expect(bench.shard.phase).toBe('active')
    await bench.write('b')
    await bench.log.lose(KAFKA_STORAGE_ERROR)
    expect(bench.shard.phase).toBe('failed')
  })
})
