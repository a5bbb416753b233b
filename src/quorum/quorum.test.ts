import { describe, expect, it } from 'vitest'
import { initialState, step } from './quorum.ts'
import type { QuorumEvent, QuorumState, Step } from './quorum.ts'
import type { Voter } from './voters.ts'

const self = { id: 1, directoryId: 'QQQQQQQQQQQQQQQQQQQQQQ' }
const endpoint = { name: 'CONTROLLER', host: 'localhost', port: 9093 }
const own: Voter = { ...self, endpoints: [endpoint], kraftVersionMin: 0, kraftVersionMax: 1 }
const other: Voter = { ...own, id: 2 }

function replica(overrides: Partial<QuorumState> = {}): QuorumState {
  const init = {
    self,
    selfEndpoints: [endpoint],
    voters: [own],
    kraftVersion: 1,
    votersOutsideLog: false,
    logEnd: 0,
  }
  return { ...initialState(init), ...overrides }
}

function run(state: QuorumState, ...events: QuorumEvent[]): Step {
  let last: Step = { state, effects: [] }
  for (const event of events) last = step(last.state, event)
  return last
}

const fresh: QuorumEvent = { kind: 'started', election: null, lastLogEpoch: 0 }

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
    const fromFile = run(replica(), { kind: 'started', election, lastLogEpoch: 6 })
    const fromLog = run(replica(), { kind: 'started', election, lastLogEpoch: 9 })
    expect(fromFile.state.epoch).toBe(8)
    expect(fromLog.state.epoch).toBe(10)
  })

  it('commits only what is on its disk, and nothing before a record of its own epoch', () => {
    const led = run(replica({ logEnd: 40 }), fresh).state
    const old = run(led, { kind: 'synced', durableEnd: 40 })
    expect(old.effects).toEqual([])
    expect(old.state.highWatermark).toBeNull()

    const appended = run(old.state, { kind: 'appended', logEnd: 41 })
    expect(appended.effects).toEqual([{ kind: 'sync', logEnd: 41 }])
    expect(appended.state.highWatermark).toBeNull()

    const committed = run(appended.state, { kind: 'synced', durableEnd: 41 })
    expect(committed.effects).toEqual([{ kind: 'commit', highWatermark: 41 }])
  })

  it('never lets the high watermark fall and commits nothing twice', () => {
    const led = run(
      replica(),
      fresh,
      { kind: 'appended', logEnd: 1 },
      { kind: 'appended', logEnd: 5 },
      { kind: 'synced', durableEnd: 5 },
    )
    const late = run(led.state, { kind: 'synced', durableEnd: 1 })
    expect(late.state.highWatermark).toBe(5)
    expect(late.effects).toEqual([])
  })

  it('commits nothing after its disk failed', () => {
    const led = run(replica(), fresh, { kind: 'appended', logEnd: 1 }, { kind: 'failed' })
    const late = run(led.state, { kind: 'synced', durableEnd: 1 })
    expect(late.state.role.name).toBe('failed')
    expect(late.effects).toEqual([])
  })

  it('refuses a report of more on disk than was appended', () => {
    const led = run(replica(), fresh).state
    expect(() => step(led, { kind: 'synced', durableEnd: 1 })).toThrow('Cannot have 1 on disk')
    expect(() => step(led, { kind: 'appended', logEnd: 0 })).toThrow('must rise')
  })
})

describe('the voter set', () => {
  it('is repeated in the log when it stands only in the bootstrap snapshot', () => {
    const { state, effects } = run(replica({ votersOutsideLog: true }), fresh)
    expect(effects[1]).toMatchObject({ kind: 'appendEpochStart', voters: [own] })
    expect(state.votersOutsideLog).toBe(false)
  })

  it('follows the address of this node', () => {
    const moved = { ...endpoint, port: 19093 }
    const { state, effects } = run(replica({ selfEndpoints: [moved] }), fresh)
    const voters = [{ ...own, endpoints: [moved] }]
    expect(effects[1]).toMatchObject({ kind: 'appendEpochStart', voters })
    expect(state.voters).toEqual(voters)
  })

  it('is never written with kraft.version 0', () => {
    const { effects } = run(
      replica({ kraftVersion: 0, selfEndpoints: [{ ...endpoint, port: 1 }] }),
      fresh,
    )
    expect(effects[1]).toMatchObject({ kind: 'appendEpochStart', voters: null })
  })

  it('gives no leadership to one of several, and none to an outsider', () => {
    for (const voters of [
      [own, other],
      [other],
      [{ ...own, directoryId: other.directoryId + 'x' }],
    ]) {
      const { state, effects } = run(replica({ voters }), fresh)
      expect(state.role.name).toBe('unattached')
      expect(effects).toEqual([])
    }
  })
})
