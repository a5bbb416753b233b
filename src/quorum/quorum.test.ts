import { describe, expect, it } from 'vitest'
import { emptyLog, withBatch } from './log-shape.ts'
import { initialState, step } from './quorum.ts'
import type { Step } from './quorum.ts'
import type { QuorumEffect, QuorumEvent, QuorumState } from './state.ts'
import type { Voter } from './voters.ts'

const self = { id: 1, directoryId: 'QQQQQQQQQQQQQQQQQQQQQQ' }
const endpoint = { name: 'CONTROLLER', host: 'localhost', port: 9093 }
const own: Voter = { ...self, endpoints: [endpoint], kraftVersionMin: 0, kraftVersionMax: 1 }
const second: Voter = { ...own, id: 2, directoryId: 'RRRRRRRRRRRRRRRRRRRRRQ' }
const third: Voter = { ...own, id: 3, directoryId: 'SSSSSSSSSSSSSSSSSSSSSQ' }
const NO_NEWS = { errorCode: 0, leaderId: null, leaderEndpoint: null }

interface Options extends Partial<Parameters<typeof initialState>[0]> {
  readonly voters?: readonly Voter[]
  readonly kraftVersion?: number
}

function replica({ voters = [own], kraftVersion = 1, ...overrides }: Options = {}): QuorumState {
  const facts = kraftVersion === 0 ? { kraftVersion, voters: null } : { kraftVersion, voters }
  return initialState({
    self,
    selfEndpoints: [endpoint],
    staticVoters: voters,
    log: emptyLog,
    history: [{ offsetEnd: 0, facts }],
    ...overrides,
  })
}

function run(state: QuorumState, ...events: QuorumEvent[]): Step {
  return runAt(0, state, ...events)
}

function runAt(nowMs: number, state: QuorumState, ...events: QuorumEvent[]): Step {
  let last: Step = { state, effects: [] }
  for (const event of events) last = step(last.state, event, { nowMs, random: 0 })
  return last
}

function appended(epoch: number, offsetEnd: number): QuorumEvent {
  return { kind: 'appended', batches: [{ epoch, offsetEnd, facts: null }] }
}

function kindsOf(effects: readonly QuorumEffect[]): string[] {
  return effects.map(({ kind }) => kind)
}

const fresh: QuorumEvent = { kind: 'started', election: null }

describe('a quorum of one', () => {
  it('makes vote and leadership durable before it writes the first record of its epoch', () => {
    const { state, effects } = run(replica(), fresh)
    expect(state.epoch).toBe(1)
    expect(effects).toEqual([
      { kind: 'persistElection', election: { epoch: 1, leaderId: 1, votedFor: self } },
      { kind: 'appendEpochStart', epoch: 1, grantingVoters: [1], voters: null },
    ])
  })

  it('leads in a higher epoch than it ever saw, whichever file knows it', () => {
    const election = { epoch: 7, leaderId: 1, votedFor: self }
    const log6 = withBatch(emptyLog, 6, 1)
    const log9 = withBatch(emptyLog, 9, 1)
    const fromFile = run(replica({ log: log6 }), { kind: 'started', election })
    const fromLog = run(replica({ log: log9 }), { kind: 'started', election })
    expect(fromFile.state.epoch).toBe(8)
    expect(fromLog.state.epoch).toBe(10)
  })

  it('commits only what is on its disk, and nothing before a record of its own epoch', () => {
    const led = run(replica({ log: withBatch(emptyLog, 0, 40) }), fresh).state
    const old = run(led, { kind: 'synced', durableEnd: 40 })
    expect(old.effects).toEqual([])
    expect(old.state.highWatermark).toBeNull()

    const written = run(old.state, appended(1, 41))
    expect(written.effects).toEqual([{ kind: 'sync', logEnd: 41 }])
    expect(written.state.highWatermark).toBeNull()

    const committed = run(written.state, { kind: 'synced', durableEnd: 41 })
    expect(committed.effects).toEqual([{ kind: 'commit', highWatermark: 41 }])
  })

  it('never lets the high watermark fall and commits nothing twice', () => {
    const led = run(replica(), fresh, appended(1, 1), appended(1, 5), {
      kind: 'synced',
      durableEnd: 5,
    })
    const late = run(led.state, { kind: 'synced', durableEnd: 1 })
    expect(late.state.highWatermark).toBe(5)
    expect(late.effects).toEqual([])
  })

  it('commits nothing after its disk failed', () => {
    const led = run(replica(), fresh, appended(1, 1), { kind: 'failed' })
    const late = run(led.state, { kind: 'synced', durableEnd: 1 })
    expect(late.state.role.name).toBe('failed')
    expect(late.effects).toEqual([])
  })

  it('refuses a report of more on disk than was appended', () => {
    const led = run(replica(), fresh).state
    expect(() => run(led, { kind: 'synced', durableEnd: 1 })).toThrow('Cannot have 1 on disk')
    expect(() => run(led, appended(1, 0))).toThrow('must rise')
  })
})

describe('the voter set', () => {
  it('is repeated in the log when it stands only in the bootstrap snapshot', () => {
    const { effects } = run(replica({ votersOutsideLog: true }), fresh)
    expect(effects[1]).toMatchObject({ kind: 'appendEpochStart', voters: [own] })
  })

  it('follows the address of this node', () => {
    const moved = { ...endpoint, port: 19093 }
    const { effects } = run(replica({ selfEndpoints: [moved] }), fresh)
    const voters = [{ ...own, endpoints: [moved] }]
    expect(effects[1]).toMatchObject({ kind: 'appendEpochStart', voters })
  })

  it('is never written with kraft.version 0', () => {
    const { effects } = run(
      replica({ kraftVersion: 0, selfEndpoints: [{ ...endpoint, port: 1 }] }),
      fresh,
    )
    expect(effects[1]).toMatchObject({ kind: 'appendEpochStart', voters: null })
  })

  it('gives no leadership to one of several, and none to an outsider', () => {
    const namesake = { ...own, directoryId: third.directoryId }
    for (const voters of [[own, second], [second], [namesake]]) {
      const { state, effects } = run(replica({ voters }), fresh)
      expect(state.role.name).toBe('unattached')
      expect(effects).toEqual([])
    }
  })
})

/** Node 1 of three, leading epoch 1 with its first record appended. */
function leading(): QuorumState {
  const election = runAt(1000, run(replica({ voters: [own, second, third] }), fresh).state, {
    kind: 'tick',
  })
  const vote = { kind: 'voteAnswered', from: 2, isGranted: true } as const
  const { state } = runAt(
    1000,
    election.state,
    { ...vote, preVote: true, news: { ...NO_NEWS, epoch: 0 } },
    { ...vote, preVote: false, news: { ...NO_NEWS, epoch: 1 } },
    appended(1, 1),
    { kind: 'synced', durableEnd: 1 },
  )
  return state
}

function fetchOf(id: number, directoryId: string, offset: number, lastEpoch: number): QuorumEvent {
  const replicaKey = { id, directoryId }
  const request = { replica: replicaKey, epoch: 1, offset, lastEpoch }
  const rest = { highWatermark: -1, maxWaitMs: 500 }
  return { kind: 'fetchAsked', token: 7, request: { ...request, ...rest } }
}

describe('an election', () => {
  it('begins with pre-votes that change nothing, and only then takes an epoch', () => {
    const asked = runAt(1000, run(replica({ voters: [own, second, third] }), fresh).state, {
      kind: 'tick',
    })
    expect(asked.state).toMatchObject({ epoch: 0, votedFor: null, role: { name: 'prospective' } })
    expect(kindsOf(asked.effects).slice(0, 2)).toEqual(['send', 'send'])
    const news = { ...NO_NEWS, epoch: 0 }
    const won = runAt(1000, asked.state, {
      kind: 'voteAnswered',
      from: 2,
      preVote: true,
      news,
      isGranted: true,
    })
    expect(won.state).toMatchObject({ epoch: 1, votedFor: self, role: { name: 'candidate' } })
    expect(kindsOf(won.effects)).toEqual(['persistElection', 'send', 'send'])
  })

  it('grants a vote once, on disk before it is answered, and only to a log that is as long', () => {
    const log = withBatch(emptyLog, 1, 5)
    const voter = run(replica({ voters: [own, second, third], log }), fresh).state
    const ask = (candidate: Voter, lastOffset: number, lastEpoch = 1): QuorumEvent => ({
      kind: 'voteAsked',
      token: 1,
      request: { epoch: 2, candidate, voter: self, lastEpoch, lastOffset, preVote: false },
    })
    const short = run(voter, ask(second, 4))
    expect(short.effects.at(-1)).toMatchObject({ kind: 'answer', reply: { isGranted: false } })
    const granted = run(short.state, ask(second, 5))
    expect(kindsOf(granted.effects)).toEqual(['persistElection', 'answer'])
    expect(granted.effects[0]).toMatchObject({ election: { epoch: 2, votedFor: { id: 2 } } })
    const other = run(granted.state, ask(third, 9))
    expect(other.effects).toMatchObject([{ kind: 'answer', reply: { isGranted: false } }])
    const again = run(granted.state, ask(second, 5))
    expect(again.effects).toMatchObject([{ kind: 'answer', reply: { isGranted: true } }])
  })

  it('is not for a node with the disk of another', () => {
    const voter = run(replica({ voters: [own, second, third] }), fresh).state
    const request = {
      epoch: 2,
      candidate: second,
      voter: { id: 1, directoryId: third.directoryId },
      lastEpoch: 0,
      lastOffset: 0,
      preVote: false,
    }
    const { effects } = run(voter, { kind: 'voteAsked', token: 1, request })
    expect(effects).toMatchObject([{ kind: 'answer', reply: { errorCode: 125 } }])
  })

  it('waits while a follower still hears its leader', () => {
    const following = run(replica({ voters: [own, second, third] }), fresh, {
      kind: 'beginEpochAsked',
      token: 1,
      request: { epoch: 1, leaderId: 2, voter: self, endpoints: [endpoint] },
    }).state
    const request = {
      epoch: 1,
      candidate: third,
      voter: self,
      lastEpoch: 0,
      lastOffset: 0,
      preVote: true,
    }
    const asked: QuorumEvent = { kind: 'voteAsked', token: 2, request }
    expect(run(following, asked).effects).toMatchObject([{ reply: { isGranted: true } }])
    const fetched = run(following, { kind: 'tick' })
    const answer = {
      ...NO_NEWS,
      epoch: 1,
      leaderId: 2,
      highWatermark: null,
      diverging: null,
      snapshot: null,
      payload: null,
    }
    const heard = run(fetched.state, {
      kind: 'fetchAnswered',
      id: fetched.state.fetchId,
      answer,
    }).state
    expect(run(heard, asked).effects).toMatchObject([{ reply: { isGranted: false } }])
  })
})

describe('a leader of three', () => {
  it('commits what a second voter has asked beyond, and nothing for observers or namesakes', () => {
    const leader = leading()
    expect(leader).toMatchObject({ role: { name: 'leader' }, highWatermark: null })
    const namesake = runAt(1000, leader, fetchOf(2, third.directoryId, 1, 1))
    const observer = runAt(1000, namesake.state, fetchOf(9, third.directoryId, 1, 1))
    expect(observer.state.highWatermark).toBeNull()
    const voter = runAt(1000, observer.state, fetchOf(2, second.directoryId, 1, 1))
    expect(voter.state.highWatermark).toBe(1)
  })

  it('answers a fetch at once when there is more, and else when something comes', () => {
    const parked = runAt(1000, leading(), fetchOf(9, third.directoryId, 1, 1))
    expect(kindsOf(parked.effects)).not.toContain('answer')
    const more = runAt(1000, parked.state, appended(1, 2))
    const read = { offset: 1, offsetEnd: 2 }
    expect(more.effects).toContainEqual(
      expect.objectContaining({ token: 7, reply: expect.objectContaining({ read }) }),
    )
  })

  it('steps down when a majority was not heard of', () => {
    const leader = leading()
    const heard = runAt(3000, leader, fetchOf(2, second.directoryId, 1, 1)).state
    expect(runAt(4500, heard, { kind: 'tick' }).state.role.name).toBe('leader')
    const { state } = runAt(6000, heard, { kind: 'tick' })
    expect(state.role.name).toBe('resigned')
  })

  it('does not vote again in the epoch that it led', () => {
    const election = { epoch: 4, leaderId: 1, votedFor: self }
    const back = run(replica({ voters: [own, second, third] }), { kind: 'started', election })
    expect(back.state.role.name).toBe('resigned')
    const request = {
      epoch: 4,
      candidate: second,
      voter: self,
      lastEpoch: 3,
      lastOffset: 9,
      preVote: false,
    }
    const { effects } = run(back.state, { kind: 'voteAsked', token: 1, request })
    expect(effects).toMatchObject([{ reply: { isGranted: false } }])
  })
})
